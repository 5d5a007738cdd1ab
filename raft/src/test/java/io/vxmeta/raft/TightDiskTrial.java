package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.vxmeta.raft.backup.BackupSteps;
import io.vxmeta.raft.disk.TightDisk;
import io.vxmeta.raft.peer.PeerService;
import io.vxmeta.raft.peer.SnapshotFetch;
import io.vxmeta.raft.peer.SnapshotTransfer;
import io.vxmeta.raft.ratis.MetaFiles;
import io.vxmeta.raft.recover.DivergedMark;
import io.vxmeta.raft.recover.Need;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.AnswerSink;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.StateDigest;
import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.snapshot.SnapshotWriter;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.ratis.util.AtomicFileOutputStream;
import org.apache.ratis.util.ExitUtils;

/// Does everything that a node or a backup writes, outside of the Raft library, on a disk that has
/// hardly any room.
final class TightDiskTrial {
  /* Runs in a process of its own: TightDisk. What the work only reads lies elsewhere. */
  private static final String CLUSTER = "tight";
  private static final ShardGroupId GROUP = new ShardGroupId(1);
  private static final SnapshotOwner OWNER = new SnapshotOwner(CLUSTER, GROUP.value());
  private static final int SHARD = 5;
  private static final int ENTRIES = 20;
  private static final int STEPS = 30;

  /// Of work that takes as many files as a cluster has shards.
  private static final int FEW_STEPS = Boolean.getBoolean("vx.long") ? 20 : 2;

  /// The smallest segments, so that a small table has several.
  private static final TableConfig TABLE = new TableConfig(64 << 10, 64 << 20, 1L << 30, 1L << 29);

  private static final NodeId DONOR = new NodeId("donor");
  private static final NodeId FIRST_MET = new NodeId("n1");
  private static final NodeId MET_LATER = new NodeId("n2");

  private final TightDisk disk;

  /// On another disk.
  private final Path aside;

  private int states;

  private TightDiskTrial(TightDisk disk, Path aside) {
    this.disk = disk;
    this.aside = aside;
  }

  public static void main(String[] arguments) throws Exception {
    ExitUtils.disableSystemExit(); // As a node does; a vote that was not stored asks for it.
    TightDiskTrial trial =
        new TightDiskTrial(TightDisk.at(Path.of(arguments[0])), Path.of(arguments[1]));
    trial.nodeFiles();
    trial.snapshots();
    trial.backups();
    System.exit(0); // Threads of libraries are no reason to stay.
  }

  // ---- the small files of a node

  private void nodeFiles() throws Exception {
    disk.sweep("first start", STEPS, FirstStart::new);
    disk.sweep("acquaintance", STEPS, Acquaintance::new);
    disk.sweep("mark of a wrong replica", STEPS, Mark::new);
    disk.sweep("vote", STEPS, Vote::new);
  }

  private record FirstStart(Path place) implements TightDisk.Work {
    @Override
    public boolean attempt() {
      open(place).close();
      return true;
    }

    /// There was nothing.
    @Override
    public void requireOld() {}

    @Override
    public void requireNew() {
      try (NodeDirectory again = open(place)) {
        assertFalse(again.incarnation().isEmpty());
        assertFalse(again.groupsCreated());
      }
    }

    static NodeDirectory open(Path place) {
      return NodeDirectory.open(BackupSteps.config(CLUSTER, place.resolve("data")));
    }
  }

  /// A node meets another one and remembers that its groups are there.
  private static final class Acquaintance implements TightDisk.Work {
    private final Path place;
    private final String incarnation;

    Acquaintance(Path place) throws IOException {
      this.place = place;
      try (NodeDirectory first = FirstStart.open(place)) {
        incarnation = first.incarnation();
        assertEquals("known", first.meet(FIRST_MET, "known"));
      }
    }

    @Override
    public boolean attempt() throws IOException {
      try (NodeDirectory directory = FirstStart.open(place)) {
        assertEquals("later", directory.meet(MET_LATER, "later"));
        directory.rememberGroupsCreated();
      }
      return true;
    }

    @Override
    public void requireOld() throws IOException {
      try (NodeDirectory again = FirstStart.open(place)) {
        assertEquals(incarnation, again.incarnation());
        assertEquals("known", again.meet(FIRST_MET, "another"));
        assertFalse(again.groupsCreated());
      }
    }

    @Override
    public void requireNew() throws IOException {
      try (NodeDirectory again = FirstStart.open(place)) {
        assertEquals(incarnation, again.incarnation());
        assertEquals("known", again.meet(FIRST_MET, "another"));
        assertEquals("later", again.meet(MET_LATER, "another"));
        assertTrue(again.groupsCreated());
      }
    }
  }

  private record Mark(Path place) implements TightDisk.Work {
    @Override
    public boolean attempt() throws IOException {
      DivergedMark.in(place).set(4_711);
      return true;
    }

    @Override
    public void requireOld() {}

    @Override
    public void requireNew() throws IOException {
      assertEquals("4711", Files.readString(DivergedMark.in(place).file()));
    }
  }

  private static final class Vote implements TightDisk.Work {
    private final Path place;

    Vote(Path place) throws IOException {
      this.place = place;
      store(3);
    }

    private void store(int term) throws IOException {
      try (AtomicFileOutputStream out =
          new AtomicFileOutputStream(place.resolve("raft-meta").toFile())) {
        out.write("term=%d\nvotedFor=n1\n".formatted(term).getBytes(StandardCharsets.US_ASCII));
      }
    }

    private void require(int term) throws IOException {
      MetaFiles.in(place).requireVote();
      String stored = Files.readString(place.resolve("raft-meta"));
      assertTrue(stored.startsWith("term=" + term + "\n"), stored);
    }

    @Override
    public boolean attempt() throws IOException {
      store(4);
      return true;
    }

    @Override
    public void requireOld() throws IOException {
      require(3);
    }

    @Override
    public void requireNew() throws IOException {
      require(4);
    }
  }

  // ---- snapshots

  private void snapshots() throws Exception {
    disk.sweep("snapshot", STEPS, Written::new);
    disk.sweep("blocks set aside during a snapshot", STEPS, SetAside::new);
    SnapshotStore donor = SnapshotStore.open(aside.resolve("donor"), OWNER);
    try (GroupState state = state(aside)) {
      apply(state, ENTRIES);
      SnapshotWriter writer = new SnapshotWriter(donor, Optional.empty());
      Snapshot older = writer.write(state.cut(1)).snapshot();
      apply(state, ENTRIES);
      Snapshot newer = writer.write(state.cut(1)).snapshot();
      disk.sweep("install", STEPS, place -> new Installed(place, donor, older, newer));
    }
  }

  private GroupState state(Path place) throws IOException {
    return state(place, LiveMemoryConfig.withoutNativeCalls());
  }

  private GroupState state(Path place, LiveMemoryConfig memory) throws IOException {
    return GroupState.create(config(place.resolve("live-" + states++), memory));
  }

  private static GroupStateConfig config(Path live, LiveMemoryConfig memory) {
    return new GroupStateConfig(
        live,
        GROUP.value(),
        List.of(SHARD),
        TABLE,
        ProducerLimits.defaults(),
        LiveMemory.of(memory));
  }

  /// The same keys every time, so that a table does not grow once it has them.
  private static void apply(GroupState state, int entries) {
    for (int i = 0; i < entries; i++) {
      long index = state.appliedIndex() + 1;
      TransactionEncoder encoder = new TransactionEncoder();
      encoder.begin(1, new byte[16], 1, index);
      encoder.put(SHARD, slice("key/" + i), slice("value/" + index), 0);
      BatchWriter batch = new BatchWriter();
      batch.append(encoder.end());
      byte[] entry = batch.seal(1_000 + index);
      state.apply(entry, 0, entry.length, index, AnswerSink.NONE);
    }
  }

  private static Slice slice(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Snapshot newest(Path store) throws IOException {
    return SnapshotStore.toRead(store, OWNER).newestValid().valid().orElseThrow();
  }

  private StateDigest restored(Snapshot snapshot) throws IOException {
    try (GroupState state =
        GroupState.restore(
            config(aside.resolve("live-" + states++), LiveMemoryConfig.withoutNativeCalls()),
            snapshot)) {
      return state.digest();
    }
  }

  /// A snapshot beside the one before, with which it shares files.
  private final class Written implements TightDisk.Work {
    private final Path place;
    private final GroupState state = state(aside);
    private final SnapshotWriter writer;
    private final Snapshot before;

    Written(Path place) throws IOException {
      this.place = place;
      writer = new SnapshotWriter(SnapshotStore.open(place, OWNER), Optional.empty());
      apply(state, ENTRIES);
      before = writer.write(state.cut(1)).snapshot();
      apply(state, ENTRIES);
    }

    @Override
    public boolean attempt() throws IOException {
      var _ = writer.write(state.cut(1));
      return true;
    }

    @Override
    public void requireOld() throws IOException {
      assertEquals(before, newest(place));
    }

    @Override
    public void requireNew() throws IOException {
      assertEquals(state.appliedIndex(), newest(place).index());
      assertEquals(state.digest(), restored(newest(place)));
    }

    @Override
    public void close() {
      state.close();
    }
  }

  /// Live files on the tight disk, and no memory for blocks that change during a snapshot.
  private final class SetAside implements TightDisk.Work {
    private final GroupState state;
    private final Path store = Files.createTempDirectory(aside, "store-");
    private final SnapshotWriter writer;
    private final Snapshot before;
    private StateDigest atCut;

    SetAside(Path place) throws IOException {
      state = state(place, LiveMemoryConfig.withoutNativeCalls().withAsideBytesMax(0));
      writer = new SnapshotWriter(SnapshotStore.open(store, OWNER), Optional.empty());
      apply(state, ENTRIES);
      before = writer.write(state.cut(1)).snapshot();
      apply(state, ENTRIES);
      atCut = state.digest();
    }

    @Override
    public boolean attempt() throws IOException {
      atCut = state.digest();
      var cut = state.cut(1);
      apply(state, ENTRIES);
      var _ = writer.write(cut);
      return true;
    }

    /// The table is not harmed, only the snapshot.
    @Override
    public void requireOld() throws IOException {
      assertEquals(before, newest(store));
      apply(state, ENTRIES);
      assertEquals(List.of(), state.verify());
    }

    @Override
    public void requireNew() throws IOException {
      assertEquals(atCut, restored(newest(store)));
      assertEquals(List.of(), state.verify());
    }

    @Override
    public void close() {
      state.close();
    }
  }

  /// A replica fetches a donor's newer snapshot beside an older one of its own.
  private static final class Installed implements TightDisk.Work {
    private final ExecutorService background = Executors.newCachedThreadPool();
    private final Path place;
    private final Snapshot older;
    private final Snapshot newer;
    private final Server server;
    private final ManagedChannel channel;
    private final SnapshotFetch fetch;

    Installed(Path place, SnapshotStore donor, Snapshot older, Snapshot newer) throws IOException {
      this.place = place;
      this.older = older;
      this.newer = newer;
      Path own = Files.createDirectory(place.resolve(name(older)));
      for (String file : older.transferOrder()) {
        Files.copy(older.file(file), own.resolve(file));
      }
      SnapshotTransfer transfer =
          new SnapshotTransfer(
              _ -> Optional.of(donor), _ -> Optional.empty(), background, System::nanoTime);
      server =
          Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
              .addService(PeerService.ofDonor(CLUSTER, transfer, (_, _, born) -> born))
              .build()
              .start();
      channel =
          Grpc.newChannelBuilderForAddress(
                  "127.0.0.1", server.getPort(), InsecureChannelCredentials.create())
              .build();
      SnapshotStore receiving = SnapshotStore.open(place, OWNER);
      fetch =
          new SnapshotFetch(
              CLUSTER,
              _ -> Optional.of(receiving),
              (_, _) -> {},
              Map.of(DONOR, channel),
              background);
    }

    private static String name(Snapshot snapshot) {
      return String.valueOf(snapshot.directory().getFileName());
    }

    /// Says in the log why not.
    @Override
    public boolean attempt() {
      return fetch.repair(GROUP, DONOR, new Need.Snapshot(newer.index())).isPresent();
    }

    @Override
    public void requireOld() throws IOException {
      assertEquals(older.manifest(), newest(place).manifest());
    }

    @Override
    public void requireNew() throws IOException {
      assertEquals(newer.manifest(), newest(place).manifest());
    }

    @Override
    public void close() {
      channel.shutdownNow();
      server.shutdownNow();
      background.shutdown();
    }
  }

  // ---- backups

  private void backups() throws Exception {
    Path sound = aside.resolve("backup");
    BackupSteps.write(sound, aside.resolve("made"));
    disk.sweep("backup", FEW_STEPS, SavedBackup::new);
    disk.sweep("restore", FEW_STEPS, place -> new Restored(place, sound));
    disk.sweep("scratch of a verification", FEW_STEPS, place -> new Verified(place, sound));
  }

  private final class SavedBackup implements TightDisk.Work {
    private final Path backup;

    SavedBackup(Path place) {
      this.backup = place.resolve("backup");
    }

    @Override
    public boolean attempt() throws IOException {
      TightDisk.delete(backup);
      BackupSteps.write(backup, aside.resolve("saved-" + states++));
      return true;
    }

    @Override
    public void requireOld() {
      IOException refused = assertThrows(IOException.class, this::verify);
      assertTrue(String.valueOf(refused.getMessage()).contains("not a whole backup"));
    }

    @Override
    public void requireNew() throws IOException {
      verify();
    }

    private void verify() throws IOException {
      var _ = BackupSteps.verify(backup, aside.resolve("scratch-" + states++));
    }
  }

  private static final class Restored implements TightDisk.Work {
    private final Path backup;
    private final NodeConfig config;

    Restored(Path place, Path backup) {
      this.backup = backup;
      this.config = BackupSteps.config(CLUSTER, place.resolve("data"));
    }

    /// As the operator is told: into an empty directory.
    @Override
    public boolean attempt() throws IOException {
      TightDisk.delete(config.data());
      BackupSteps.restore(backup, config);
      return true;
    }

    /// It is no node's, so nobody starts on half of it.
    @Override
    public void requireOld() throws IOException {
      boolean nothing = !Files.exists(config.data()) || isEmptyButForTheLock();
      if (!nothing) {
        assertThrows(NodeDirectory.Unusable.class, () -> NodeDirectory.open(config));
      }
    }

    private boolean isEmptyButForTheLock() throws IOException {
      try (var all = Files.list(config.data())) {
        return all.allMatch(file -> file.endsWith("LOCK"));
      }
    }

    @Override
    public void requireNew() {
      try (NodeDirectory node = NodeDirectory.open(config)) {
        assertTrue(node.restored());
      }
    }
  }

  /// A machine without room is no reason to throw a backup away.
  private static final class Verified implements TightDisk.Work {
    private final Path place;
    private final Path backup;

    Verified(Path place, Path backup) {
      this.place = place;
      this.backup = backup;
    }

    @Override
    public boolean attempt() throws IOException {
      Path scratch = place.resolve("scratch");
      TightDisk.delete(scratch);
      try {
        var _ = BackupSteps.verify(backup, scratch);
      } catch (IOException e) {
        assertFalse(String.valueOf(e.getMessage()).contains("use another backup"), e::toString);
        throw e;
      }
      return true;
    }

    @Override
    public void requireOld() {}

    @Override
    public void requireNew() {}
  }
}
