package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.CORRUPTION;
import static io.vxmeta.chaos.nemesis.FaultFamily.ROLLBACK;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.client.CallFailed;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/// Files of one node that are no longer what the node wrote.
final class Rot {
  /* The node is killed, a file is spoiled, the node is started again. It may refuse (then the file is put right when it is
   * mended, as an operator would) or repair itself and say so; what it may not do is not notice. One node at a time. A repair needs
   * the other replicas, so the node is back before anything else breaks.
   * Refusing is exit code 1, or 70 where the damage is found by what runs already; so may a node end that finds it later. */

  /// What a node that can not start ends with.
  private static final int REFUSED = 1;

  /// Snapshots of a group that we ask for, so that there is an older and a newer one.
  private static final int SNAPSHOTS = 2;

  /// What a node's log says when it has noticed.
  private static final String[] NOTICED = {
    "damaged", "corrupt", "Corrupt", "checksum", "Checksum", "digest", "cutting off a log entry"
  };

  private static final String OPEN_LOG = "inprogress";

  private Rot() {}

  /// A file, and where we keep what it should be.
  record Spoiled(Path file, Path original, String how) {

    /// Keeps the file as it is, beside the node's data.
    static Path keep(Path data, Path file) throws IOException {
      return Files.copy(file, data.resolveSibling("original"), StandardCopyOption.REPLACE_EXISTING);
    }

    /// What a node names that noticed: of a snapshot its folder, of a log one of its files. Damage
    /// of earlier faults, elsewhere, is not meant.
    String folder() {
      return file.resolveSibling("").toString();
    }

    boolean hasPlace() {
      Path folder = file.getParent();
      return folder != null && Files.isDirectory(folder);
    }

    void putRight() throws IOException {
      Path _ = Files.move(original, file, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public String toString() {
      int names = file.getNameCount();
      return how + " " + file.subpath(Math.max(0, names - 4), names);
    }
  }

  /// Spoils one of a node's files; empty when there is none of the kind.
  private interface Spoiling {
    Optional<Spoiled> spoil(Path data, ShardGroup group, Random random) throws IOException;
  }

  static List<Fault> all() {
    return List.of(
        fault(
            "bit-flip-snapshot",
            CORRUPTION,
            "a bit of a snapshot flips",
            (data, group, random) -> flip(data, any(snapshotFiles(data, group), random), random)),
        fault(
            "truncated-snapshot",
            CORRUPTION,
            "a file of a snapshot loses its end",
            (data, group, random) -> cut(data, any(snapshotFiles(data, group), random), random)),
        fault("stale-snapshot", ROLLBACK, "a file of a snapshot is an older one again", Rot::stale),
        fault(
            "bit-flip-log",
            CORRUPTION,
            "a bit of the Raft log flips",
            (data, _, random) -> flip(data, any(logFiles(data), random), random)),
        fault(
            "truncated-log",
            CORRUPTION,
            "a file of the Raft log loses its end",
            (data, _, random) -> cutLog(data, any(logFiles(data), random), random)));
  }

  private static Fault fault(String name, FaultFamily family, String summary, Spoiling spoiling) {
    return new Recipe(
        name,
        family,
        summary + "; the node must notice",
        Needs.PROCESSES,
        Fault.Turn.FIRST,
        (field, random) -> spoil(field, random, spoiling));
  }

  private static Optional<Injury> spoil(Battlefield field, Random random, Spoiling spoiling)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    List<ShardGroup> groups = field.view().dataGroups();
    ShardGroup group = groups.get(random.nextInt(groups.size()));
    takeSnapshots(field, node, group);
    return spoil(field, node, () -> spoiling.spoil(field.cluster().data(node), group, random));
  }

  /// Spoils a file of a node that is down; empty when there is none of the kind.
  interface Deed {
    Optional<Spoiled> spoil() throws IOException;
  }

  /// Kills the claimed node, does the deed, and starts the node again, which must notice.
  static Optional<Injury> spoil(Battlefield field, NodeId node, Deed deed)
      throws IOException, InterruptedException, NodeStopped {
    Cluster cluster = field.cluster();
    Downtime downtime = new Downtime(field, List.of(node));
    downtime.kill();
    Optional<Spoiled> spoiled = downtime.inflict(deed::spoil);
    if (spoiled.isEmpty()) {
      return downtime.undone("nothing to spoil, " + node);
    }
    NodeLog log = NodeLog.fromNow(cluster, node);
    downtime.launch(node);
    downtime.allow(node, REFUSED, Downtime.FAIL_STOP);
    Optional<String> refusal = refusal(cluster, node);
    if (refusal.isEmpty()) {
      downtime.allow(node, Downtime.FAIL_STOP);
    }
    refusal.ifPresent(why -> downtime.note(true, "refused: " + why));
    return Optional.of(
        new Wound(
            "%s of %s".formatted(spoiled.get(), node),
            () -> mend(field, node, spoiled.get(), log, downtime)));
  }

  private static void takeSnapshots(Battlefield field, NodeId node, ShardGroup group) {
    for (int i = 0; i < SNAPSHOTS; i++) {
      try {
        var _ = field.view().createSnapshot(node, group.id());
      } catch (CallFailed otherFaultsAreOpen) {
        return;
      }
    }
  }

  /// Why the node ended by itself; a node that neither serves nor ends is a find.
  private static Optional<String> refusal(Cluster cluster, NodeId node)
      throws InterruptedException, NodeStopped {
    try {
      cluster.awaitReady(node);
      return Optional.empty();
    } catch (NodeStopped refused) {
      if (refused.exitCode().isEmpty()) {
        throw refused;
      }
      return Optional.of(String.valueOf(refused.getMessage()));
    }
  }

  private static Evidence mend(
      Battlefield field, NodeId node, Spoiled spoiled, NodeLog log, Downtime downtime)
      throws IOException, InterruptedException, NodeStopped {
    boolean down = !field.cluster().isRunning(node);
    Optional<String> said = log.firstLineAbout(spoiled.folder(), NOTICED);
    downtime.note(true, "down=%s said=%s".formatted(down, said.orElse("nothing")));
    if (said.isEmpty()) {
      downtime.misdeed(
          "%s did not notice what became of a file: %s; down=%s; its last words: %s"
              .formatted(node, spoiled, down, field.cluster().lastWords(node)));
    }
    // Asked anew: it may have been on its way out, and refuses to start from a spoiled file.
    if (!field.cluster().isRunning(node) && spoiled.hasPlace()) {
      spoiled.putRight();
    }
    return downtime.back();
  }

  private static Optional<Spoiled> flip(Path data, Optional<Path> file, Random random)
      throws IOException {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    Path original = Spoiled.keep(data, file.get());
    byte[] bytes = Files.readAllBytes(original);
    int used = used(bytes);
    int at = random.nextInt(used);
    int bit = random.nextInt(Byte.SIZE);
    bytes[at] ^= (byte) (1 << bit);
    Path _ = Files.write(file.get(), bytes);
    String how = "bit %d of byte %d (of %d) flipped in".formatted(bit, at, used);
    return Optional.of(new Spoiled(file.get(), original, how));
  }

  private static Optional<Spoiled> cut(Path data, Optional<Path> file, Random random)
      throws IOException {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(cut(data, file.get(), random.nextInt(used(Files.readAllBytes(file.get())))));
  }

  private static Spoiled cut(Path data, Path file, int left) throws IOException {
    Path original = Spoiled.keep(data, file);
    byte[] bytes = Files.readAllBytes(original);
    Path _ = Files.write(file, Arrays.copyOf(bytes, left));
    return new Spoiled(file, original, "%d of %d bytes left in".formatted(left, bytes.length));
  }

  /// A closed file, whose name says what is in it, at any place. How far the open one goes is
  /// written nowhere, and one that ends with a record, or with a page, is what a power cut leaves
  /// of entries that nobody acknowledged; so it loses the last byte of a record, which no power cut
  /// takes.
  private static Optional<Spoiled> cutLog(Path data, Optional<Path> file, Random random)
      throws IOException {
    if (file.isEmpty() || !file.get().getFileName().toString().contains(OPEN_LOG)) {
      return cut(data, file, random);
    }
    return Optional.of(cut(data, file.get(), used(Files.readAllBytes(file.get())) - 1));
  }

  /// Bytes before the zeros at the end: logs are allocated before they are written.
  private static int used(byte[] bytes) {
    int used = bytes.length;
    while (used > 1 && bytes[used - 1] == 0) {
      used--;
    }
    return used;
  }

  private static Optional<Spoiled> stale(Path data, ShardGroup group, Random random)
      throws IOException {
    List<Path> snapshots = snapshots(data, group);
    if (snapshots.size() < 2) {
      return Optional.empty();
    }
    Path newer = snapshots.getLast();
    Path older = snapshots.get(snapshots.size() - 2);
    for (Path file : shuffled(files(newer), random)) {
      Path before = older.resolve(file.getFileName());
      if (Files.exists(before) && Files.mismatch(before, file) >= 0) {
        Path original = Spoiled.keep(data, file);
        Files.delete(file);
        Path _ = Files.copy(before, file);
        return Optional.of(new Spoiled(file, original, "older version of"));
      }
    }
    return Optional.empty();
  }

  private static List<Path> snapshots(Path data, ShardGroup group) throws IOException {
    Path folder = data.resolve("groups").resolve(group.id().toString()).resolve("snapshots");
    return files(folder).stream()
        .filter(each -> each.getFileName().toString().matches("\\d{20}"))
        .sorted(Comparator.comparing(Path::toString))
        .toList();
  }

  private static List<Path> snapshotFiles(Path data, ShardGroup group) throws IOException {
    List<Path> snapshots = snapshots(data, group);
    return snapshots.isEmpty() ? List.of() : files(snapshots.getLast());
  }

  private static List<Path> logFiles(Path data) throws IOException {
    try (Stream<Path> all = Files.walk(data.resolve("raft").resolve("log"))) {
      return all.filter(file -> file.getFileName().toString().startsWith("log_")).toList();
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  /// One with something in it to spoil: a log may have been created just before the end.
  static Optional<Path> any(List<Path> files, Random random) throws IOException {
    for (Path file : shuffled(files, random)) {
      if (Files.size(file) > 0) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private static List<Path> shuffled(List<Path> files, Random random) {
    List<Path> shuffled = new ArrayList<>(files);
    Collections.shuffle(shuffled, random);
    return shuffled;
  }
}
