package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.ROLLBACK;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin.Leadership;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Stream;

/// Files of a node's Raft log that are older ones again: a closed file of entries, a vote.
final class Relics {
  /* A file of entries: the node must notice, because the next file does not follow. The last, open one is never put back: a shorter log is
   *   a log, no node can tell by itself, and a majority that relies on it breaks its promise; Raft survives lost memory, not lying disks.
   * A vote: no node can tell either, and one that votes twice in a term makes two leaders. It is put back only where it can do no
   *   harm: when every node of the cluster has stored a term that is two above it. Then nobody stands for election in a term that the node
   *   may have forgotten, its own candidacy (old term + 1) is refused by all, and it learns the term from that. So the cluster
   *   must go on as if nothing had been: that is what the checkers judge. */

  /// A candidate stands in the next term, which must lie in the past of all others.
  private static final int TERMS_BETWEEN = 2;

  private static final int ELECTIONS = 3;
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);
  private static final Lookout CLOSING = new Lookout(Duration.ofSeconds(5), LOOK_EVERY);
  private static final Lookout LEARNING = new Lookout(Duration.ofSeconds(30), LOOK_EVERY);
  private static final String VOTE = "raft-meta";
  private static final String OPEN = "log_inprogress_";

  private Relics() {}

  static List<Fault> all() {
    Needs needs = Needs.PROCESSES.and(Needs.nodes(2, "somebody must lead meanwhile"));
    return List.of(
        new Recipe(
            "stale-log",
            ROLLBACK,
            "a closed file of the Raft log is an older one again; the node must notice",
            needs,
            Fault.Turn.FIRST,
            Relics::staleLog),
        new Recipe(
            "stale-vote",
            ROLLBACK,
            "term and vote of one node are older ones again, by two terms at least; nobody may notice",
            needs,
            Relics::staleVote));
  }

  private static Optional<Injury> staleLog(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Path data = field.cluster().data(node);
    Path kept = keep(field.cluster(), node, OPEN);
    for (int i = 0; i < ELECTIONS && outgrown(data, kept).isEmpty(); i++) {
      elect(field, random);
      // The node closes its file when it hears from the next leader.
      boolean _ = CLOSING.sees(() -> !outgrown(data, kept).isEmpty());
    }
    return Rot.spoil(field, node, () -> putBackEntries(data, kept, random));
  }

  /// Closed files that were shorter when they were kept.
  private static List<Path> outgrown(Path data, Path kept) throws IOException {
    List<Path> outgrown = new ArrayList<>();
    for (Path folder : folders(data)) {
      for (Path file : files(folder, "log_").filter(Relics::isFollowed).toList()) {
        Path older = older(file, kept);
        if (Files.exists(older) && used(older) < size(file)) {
          outgrown.add(file);
        }
      }
    }
    return outgrown;
  }

  private static Path older(Path file, Path kept) {
    return kept.resolve(keptName(file, OPEN + name(file).split("[_-]", -1)[1]));
  }

  private static Optional<Rot.Spoiled> putBackEntries(Path data, Path kept, Random random)
      throws IOException {
    List<Path> outgrown = outgrown(data, kept);
    if (outgrown.isEmpty()) {
      return Optional.empty();
    }
    Path file = outgrown.get(random.nextInt(outgrown.size()));
    Path original = Rot.Spoiled.keep(data, file);
    Path older = Files.copy(older(file, kept), file, StandardCopyOption.REPLACE_EXISTING);
    String how = "%d of %d bytes in an older".formatted(used(older), Files.size(original));
    return Optional.of(new Rot.Spoiled(file, original, how));
  }

  /// Whether it is closed and another begins right after it.
  private static boolean isFollowed(Path file) {
    String[] ends = name(file).substring("log_".length()).split("-", -1);
    if (ends.length != 2) {
      return false;
    }
    long next = Long.parseLong(ends[1]) + 1;
    try (Stream<Path> all = files(file.resolveSibling(""), "log_")) {
      return all.map(Relics::name)
          .anyMatch(name -> name.equals(OPEN + next) || name.startsWith("log_" + next + "-"));
    }
  }

  /// The node must run on.
  private static Optional<Injury> staleVote(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Cluster cluster = field.cluster();
    Path kept = keep(cluster, node, VOTE);
    for (int i = 0; i < ELECTIONS; i++) {
      elect(field, random);
    }
    Downtime downtime = new Downtime(field, List.of(node));
    downtime.kill();
    Optional<Injury> injury = downtime.inflict(() -> putBackVote(cluster, node, kept, downtime));
    return injury.isPresent() ? injury : downtime.undone("no vote to put back, " + node);
  }

  private static Optional<Injury> putBackVote(
      Cluster cluster, NodeId node, Path kept, Downtime downtime)
      throws IOException, InterruptedException {
    for (Path folder : folders(cluster.data(node))) {
      Path vote = folder.resolve(VOTE);
      Path older = kept.resolve(keptName(vote, VOTE));
      long least = leastTerm(cluster, folder.getName(folder.getNameCount() - 2));
      if (Files.exists(older) && least >= term(older) + TERMS_BETWEEN) {
        long before = term(older);
        Path _ = Files.copy(older, vote, StandardCopyOption.REPLACE_EXISTING);
        downtime.launch(node);
        return Optional.of(
            new Wound(
                "vote of term %d put back to term %d, %s".formatted(least, before, node),
                () -> learned(downtime.back(), vote, before, least)));
      }
    }
    return Optional.empty();
  }

  /// Having learned is the evidence; that the node runs on is demanded.
  private static Evidence learned(Evidence back, Path vote, long before, long least)
      throws IOException, InterruptedException {
    boolean learned = LEARNING.sees(() -> term(vote) >= least);
    return new Evidence(
        back.bit() && learned,
        back.facts() + " term=%d->%d".formatted(before, term(vote)),
        back.misdeeds());
  }

  /// The lowest term of the group that any node has on its disk.
  private static long leastTerm(Cluster cluster, Path group) throws IOException {
    long least = Long.MAX_VALUE;
    for (NodeId node : cluster.nodes()) {
      Path vote = cluster.data(node).resolve("raft/log").resolve(group).resolve("current");
      least = Math.min(least, term(vote.resolve(VOTE)));
    }
    return least;
  }

  private static long term(Path vote) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(vote)) {
      properties.load(reader);
    }
    return Long.parseLong(properties.getProperty("term", "0"));
  }

  /// New terms: each closes the open file of the log and is stored with the vote.
  private static void elect(Battlefield field, Random random) {
    Map<ShardGroupId, Leadership> leaders = field.view().leaders();
    for (ShardGroup group : field.view().dataGroups()) {
      Optional<NodeId> old = Optional.ofNullable(leaders.get(group.id())).map(Leadership::node);
      List<NodeId> others =
          ClusterView.nodes(group).stream().filter(node -> !old.equals(Optional.of(node))).toList();
      try {
        var _ = field.view().transferLeader(group.id(), others.get(random.nextInt(others.size())));
      } catch (CallFailed otherFaultsAreOpen) {
        // Another group may do.
      }
    }
  }

  /// Copies files of the log as they are now, beside the node's data; what the living node removes
  /// meanwhile is not kept.
  private static Path keep(Cluster cluster, NodeId node, String start) throws IOException {
    Path kept = Files.createDirectories(cluster.folder(node).resolve("earlier"));
    for (Path folder : folders(cluster.data(node))) {
      for (Path file : files(folder, start).toList()) {
        try {
          Path _ =
              Files.copy(
                  file,
                  kept.resolve(keptName(file, name(file))),
                  StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException removed) {
          // Nothing to put back.
        }
      }
    }
    return kept;
  }

  /// Nothing when the living node has just removed it.
  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException removed) {
      return 0;
    }
  }

  private static String keptName(Path file, String name) {
    return file.getName(file.getNameCount() - 3) + "-" + name;
  }

  private static String name(Path file) {
    return file.getName(file.getNameCount() - 1).toString();
  }

  private static List<Path> folders(Path data) throws IOException {
    try (Stream<Path> groups = Files.list(data.resolve("raft").resolve("log"))) {
      return groups
          .map(group -> group.resolve("current"))
          .filter(Files::isDirectory)
          .sorted()
          .toList();
    }
  }

  private static Stream<Path> files(Path folder, String start) {
    String[] names = folder.toFile().list((_, name) -> name.startsWith(start));
    return Stream.of(names == null ? new String[0] : names).sorted().map(folder::resolve);
  }

  /// Bytes before the zeros that an open file is allocated with.
  private static long used(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int used = bytes.length;
    while (used > 0 && bytes[used - 1] == 0) {
      used--;
    }
    return used;
  }
}
