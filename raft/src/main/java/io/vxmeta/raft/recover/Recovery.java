package io.vxmeta.raft.recover;

import io.vxmeta.raft.ratis.LogFiles;
import io.vxmeta.raft.ratis.LogState;
import io.vxmeta.raft.ratis.MetaFiles;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.snapshot.BadSnapshot;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotSearch;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes each group's log and snapshots fit to start on, from the other replicas if its own are
/// damaged.
public final class Recovery implements AutoCloseable {
  /* Threads: one for each group, the node's main thread waits for all of them, BEFORE the Raft server starts: a replica that
   *   lacks something does not vote, append or serve. Threads of its own, because the node's pools give snapshots away
   *   meanwhile. `waiting` and `close` from any.
   * Vote file and configuration are never touched: a promise made in a term is kept. A damaged vote is refused FIRST.
   * Waiting: for ever, with pauses up to PAUSE_MAX_MS. A node that exits instead would be started again to no better end.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  private static final long PAUSE_FIRST_MS = 200;
  private static final long PAUSE_MAX_MS = 5_000;
  private static final long NONE = -1;

  private final Source source;
  private final LostLog lostLog;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Optional<String> waiting = Optional.empty();

  /// What is done where entries that may have been acknowledged are lost.
  public enum LostLog {
    REFUSE,
    FETCH
  }

  public Recovery(Source source, LostLog lostLog) {
    this.source = source;
    this.lostLog = lostLog;
  }

  /// Fetches a snapshot from one replica; durable when it returns.
  @FunctionalInterface
  public interface Source {
    Optional<SnapshotPoint> fetch(ShardGroupId group, NodeId from, Need need);
  }

  /// One group of this node.
  ///
  /// @param others the nodes that hold a replica as well
  /// @param diverged set if this replica's state was found wrong
  public record Group(
      ShardGroupId id,
      LogFiles log,
      SnapshotStore snapshots,
      List<NodeId> others,
      DivergedMark diverged) {}

  /// Why the node does not start yet; empty when it is not waiting.
  public Optional<String> waiting() {
    return waiting;
  }

  /// Returns when all groups may start, with their snapshots as they were found then.
  ///
  /// @throws IOException if nobody can have what is lacking, or the node is being stopped
  public Map<ShardGroupId, SnapshotSearch> recover(List<Group> groups) throws IOException {
    Map<ShardGroupId, FutureTask<SnapshotSearch>> tasks = new HashMap<>();
    for (Group group : groups) {
      FutureTask<SnapshotSearch> task = new FutureTask<>(() -> recover(group));
      tasks.put(group.id(), task);
      var _ = Thread.ofPlatform().name("vx-recover-" + group.id().value()).daemon().start(task);
    }
    Map<ShardGroupId, SnapshotSearch> found = new HashMap<>();
    for (Map.Entry<ShardGroupId, FutureTask<SnapshotSearch>> task : tasks.entrySet()) {
      found.put(task.getKey(), result(task.getValue()));
    }
    return found;
  }

  private static SnapshotSearch result(FutureTask<SnapshotSearch> task) throws IOException {
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException why ? why : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while groups were being recovered", e);
    }
  }

  private SnapshotSearch recover(Group group) throws IOException {
    MetaFiles.in(group.log().directory()).requireVote();
    OptionalLong diverged = group.diverged().snapshotIndex();
    if (diverged.isPresent()) {
      LOG.warn(
          "setting the snapshots of a replica aside whose state was wrong, until it is repaired: group={}",
          group.id().value());
      group.snapshots().setAside();
    }
    SnapshotSearch repaired = recover(group, diverged.orElse(NONE));
    if (diverged.isPresent()) {
      group.snapshots().dropAside();
      group.diverged().clear();
    }
    return repaired;
  }

  /// @param lost index of the newest snapshot that was set aside
  private SnapshotSearch recover(Group group, long lost) throws IOException {
    SnapshotSearch found = group.snapshots().newestValid();
    Need need = need(group, found, lost);
    if (need instanceof Need.Nothing) {
      return found;
    }
    if (need instanceof Need.Everything && lostLog == LostLog.REFUSE) {
      throw new IOException(
          "cannot start group="
              + group.id().value()
              + ": "
              + lacks(need)
              + "; put the file back from a copy, or set disk.damaged-log=repair to take all of the"
              + " group's state from its leader");
    }
    if (group.others().isEmpty()) {
      throw new IOException(
          "cannot start group="
              + group.id().value()
              + ": "
              + lacks(need)
              + " damagedSnapshots="
              + found.bad()
              + "; no other node holds a replica, so restore a backup");
    }
    LOG.warn(
        "repairing group={} from its other replicas: {} damagedSnapshots={}",
        group.id().value(),
        lacks(need),
        found.bad());
    SnapshotPoint fetched = fetch(group, need);
    if (need instanceof Need.Everything) {
      group.log().drop();
    }
    LOG.warn(
        "repaired group={} with a snapshot of another replica index={}",
        group.id().value(),
        fetched.index());
    SnapshotSearch repaired = group.snapshots().newestValid();
    if (need(group, repaired, lost) instanceof Need.Nothing) {
      return repaired;
    }
    throw new IOException(
        "expected group=" + group.id().value() + " to be whole after its repair; start again");
  }

  private static Need need(Group group, SnapshotSearch found, long lost) throws IOException {
    LogState log = group.log().check();
    if (log instanceof LogState.Torn torn) {
      LOG.warn(
          "cutting off a log entry that was never acknowledged: group={} file={} keptBytes={}",
          group.id().value(),
          torn.file(),
          torn.keepBytes());
      LogFiles.cutTail(torn);
      log = group.log().check();
    }
    long valid = found.valid().map(Snapshot::index).orElse(NONE);
    if (endsBefore(log, valid) || isOthersWithSameEnd(group.log(), log, found.valid())) {
      LOG.info(
          "dropping a log that its snapshot covers: group={} snapshotIndex={}",
          group.id().value(),
          valid);
      group.log().drop();
      log = group.log().check();
    }
    long damaged = lost;
    for (BadSnapshot bad : found.bad()) {
      damaged = Math.max(damaged, bad.index());
    }
    return Need.of(log, valid, damaged);
  }

  /// A node that died between publishing a fetched snapshot and loading it: every entry of its log
  /// is covered, and Ratis, which keeps the open log file all the same, could append nothing behind
  /// it.
  static boolean endsBefore(LogState log, long snapshotIndex) {
    return switch (log) {
      case LogState.Whole whole -> whole.last() < snapshotIndex;
      case LogState.Empty empty -> empty.next() <= snapshotIndex;
      case LogState.Torn _, LogState.Damaged _ -> false;
    };
  }

  private static boolean endsAt(LogState log, long index) {
    return log instanceof LogState.Whole whole && whole.last() == index;
  }

  /// The log is read again for its last term only where that matters.
  private static boolean isOthersWithSameEnd(
      LogFiles files, LogState log, Optional<Snapshot> snapshot) throws IOException {
    if (snapshot.isEmpty() || !endsAt(log, snapshot.get().index())) {
      return false;
    }
    return endsOtherwise(log, files.lastTerm(), snapshot.get().index(), snapshot.get().term());
  }

  /// The same where the two end at one place with entries of two terms: those of the log are a
  /// former leader's, which nobody else has, and may name members that were never committed. Of one
  /// term, they are those that the snapshot covers, and are kept in case it rots.
  static boolean endsOtherwise(
      LogState log, OptionalLong lastTerm, long snapshotIndex, long snapshotTerm) {
    return endsAt(log, snapshotIndex)
        && lastTerm.isPresent()
        && lastTerm.getAsLong() != snapshotTerm;
  }

  private static String lacks(Need need) {
    return switch (need) {
      case Need.Nothing _ -> "nothing is lacking";
      case Need.Snapshot snapshot ->
          "no sound snapshot below the log; neededIndex=" + snapshot.atLeastIndex();
      case Need.Everything everything -> "the log is damaged: " + everything.lost();
    };
  }

  private SnapshotPoint fetch(Group group, Need need) throws IOException {
    long pauseMs = PAUSE_FIRST_MS;
    while (true) {
      waiting =
          Optional.of(
              "group "
                  + group.id().value()
                  + " is being repaired from its other replicas ("
                  + lacks(need)
                  + ")");
      for (NodeId from : group.others()) {
        Optional<SnapshotPoint> fetched = source.fetch(group.id(), from, need);
        if (fetched.isPresent()) {
          waiting = Optional.empty();
          return fetched.get();
        }
      }
      LOG.warn(
          "no other replica can repair group={} now, trying again in {} ms: asked={}",
          group.id().value(),
          pauseMs,
          group.others());
      pause(pauseMs);
      pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS);
    }
  }

  private void pause(long ms) throws IOException {
    try {
      if (closed.await(ms, TimeUnit.MILLISECONDS)) {
        throw new IOException("the node was stopped before its groups were repaired");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a group was being repaired", e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
