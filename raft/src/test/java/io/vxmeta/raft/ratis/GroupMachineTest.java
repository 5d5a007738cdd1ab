package io.vxmeta.raft.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.snapshot.NoRoomForSnapshot;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// A replica's state never goes back while its process lives, because reads may have been promised
/// what it had.
final class GroupMachineTest {
  @TempDir private Path directory;
  private final List<String> stops = new ArrayList<>();
  private long nextIndex;
  private Optional<SnapshotPoint> newest = Optional.empty();
  private int loads;
  private final GroupMachine machine =
      new GroupMachine(
          new ShardGroupId(1),
          new GroupStore() {
            @Override
            public Loaded load() throws IOException {
              return new Loaded(GroupState.create(config()), 1, nextIndex, newest);
            }

            @Override
            public Cut cut(GroupState state, long term, long index) {
              return new RefusedCut();
            }
          },
          new SnapshotSource() {
            @Override
            public Executor threads(ShardGroupId group) {
              return Runnable::run;
            }

            @Override
            public Optional<SnapshotPoint> fetch(
                ShardGroupId group, String leaderNode, long atLeastIndex) {
              return Optional.empty();
            }
          },
          (cause, _) -> stops.add(cause),
          Runnable::run,
          Runnable::run,
          () -> {},
          () -> {},
          _ -> {});

  /// For which there is no room.
  private static final class RefusedCut implements GroupStore.Cut {
    @Override
    public void write() throws IOException {
      throw new NoRoomForSnapshot(2, 1, 1);
    }

    @Override
    public void close() {}
  }

  private GroupStateConfig config() {
    return new GroupStateConfig(
        directory.resolve("live-" + loads++),
        1,
        List.of(0),
        TableConfig.defaults(),
        ProducerLimits.defaults(),
        LiveMemory.of(LiveMemoryConfig.defaults().withLock(LiveMemoryConfig.Lock.OFF)));
  }

  private void install(long index) throws IOException {
    nextIndex = index;
    machine.reinitialize();
  }

  private void assertSound() {
    assertEquals(List.of(), machine.state().orElseThrow().verify());
  }

  @Test
  void anInstalledSnapshotReleasesTheReadsThatItCovers() throws IOException {
    install(10);
    var waiting = machine.applied().reached(12);
    machine.pause();
    install(12);
    assertTrue(waiting.isDone());
    assertEquals(List.of(), stops);
    assertSound();
    machine.close();
  }

  @Test
  void aReplicaStopsInsteadOfShowingReadersAnOlderState() throws IOException {
    install(10);
    assertSound();
    machine.pause();
    assertThrows(IOException.class, () -> install(4));
    assertEquals(1, stops.size());
    assertEquals(Optional.empty(), machine.state());
    assertEquals(10, machine.applied().index());
    machine.close();
  }

  /// Whoever asked for it says so, with the remedy; said twice, it would count as two.
  @Test
  void aSnapshotThatCanNotBeWrittenIsToldToWhoAskedAndToNobodyElse() throws IOException {
    Logger logger = (Logger) LoggerFactory.getLogger(GroupMachine.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    install(10);
    log.start();
    logger.addAppender(log);
    try {
      var snapshot = machine.requestSnapshot();
      assertEquals(RaftLog.INVALID_LOG_INDEX, machine.takeSnapshot());
      assertInstanceOf(NoRoomForSnapshot.class, snapshot.exceptionNow());
    } finally {
      logger.detachAppender(log);
    }
    assertEquals(List.of(), log.list);
    machine.close();
  }

  @Test
  void aRottenSnapshotIsNobodysAnswer() throws IOException {
    newest = Optional.of(new SnapshotPoint(1, 10));
    install(10);
    var sound = machine.requestSnapshot();
    machine.snapshotAnswered(Optional.empty());
    assertEquals(new SnapshotPoint(1, 10), sound.join());

    machine.distrustSnapshot(10);
    var rotten = machine.requestSnapshot();
    machine.snapshotAnswered(Optional.empty());
    assertEquals(10, assertInstanceOf(RottenSnapshot.class, rotten.exceptionNow()).index());

    newest = Optional.of(new SnapshotPoint(1, 12));
    machine.pause();
    install(12);
    var newer = machine.requestSnapshot();
    machine.snapshotAnswered(Optional.empty());
    assertEquals(new SnapshotPoint(1, 12), newer.join());
    machine.close();
  }

  /// The leader may have looked at the answer itself a moment before, and Ratis then takes this for
  /// an offer.
  @Test
  void aLookAtAnOffersAnswerIsNoOffer() throws IOException {
    var answer =
        machine.closing(() ->
            machine.notifyInstallSnapshotFromLeader(
                RoleInfoProto.getDefaultInstance(), TermIndex.valueOf(9, 5)));
    assertTrue(answer.isDone());
    assertNull(answer.join());
    assertEquals(Optional.empty(), machine.openOffer());
  }
}
