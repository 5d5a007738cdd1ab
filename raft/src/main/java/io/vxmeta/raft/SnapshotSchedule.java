package io.vxmeta.raft;

import io.vxmeta.raft.disk.DiskSpace;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides when a replica takes a snapshot: after so many log entries or bytes, or after so long
/// with any.
final class SnapshotSchedule {
  /// Log entries that a restart replays at most, about; an entry is a batch of up to 256 KiB.
  static final long ENTRIES_MAX = 20_000;

  /// After a failure wait this long before the next try.
  static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotSchedule.class);

  private final Replica replica;
  private final NodeConfig.Snapshots limits;
  private final Runnable onFailed;
  private boolean running;
  private long lastNanos;
  private long notBefore;

  SnapshotSchedule(Replica replica, NodeConfig.Snapshots limits, Runnable onFailed, long nowNanos) {
    this.replica = replica;
    this.limits = limits;
    this.onFailed = onFailed;
    this.lastNanos = nowNanos;
    this.notBefore = nowNanos;
  }

  synchronized void check(long nowNanos) {
    long latest = replica.latestSnapshot().map(SnapshotPoint::index).orElse(0L);
    long entries = replica.applied().index() - latest;
    if (!due(entries, nowNanos) || running || nowNanos - notBefore < 0) {
      return;
    }
    running = true;
    var _ =
        replica
            .snapshot()
            .whenComplete((point, problem) -> finished(System.nanoTime(), point, problem));
  }

  ShardGroupId group() {
    return replica.group();
  }

  /// Whether a snapshot that this schedule asked for is being taken.
  synchronized boolean isRunning() {
    return running;
  }

  private boolean due(long entries, long nowNanos) {
    return entries >= ENTRIES_MAX
        || replica.appliedBytesSinceSnapshot() >= limits.logBytes()
        || (entries > 1 && nowNanos - lastNanos >= limits.age().toNanos());
  }

  private synchronized void finished(
      long nowNanos, @Nullable SnapshotPoint point, @Nullable Throwable problem) {
    running = false;
    lastNanos = nowNanos;
    notBefore = nowNanos + (problem == null ? 0 : RETRY_NANOS);
    if (problem != null && DiskSpace.isFull(problem)) {
      onFailed.run();
      LOG.warn(
          "no snapshot for want of room group={}: {}", replica.group().value(), problem.toString());
    } else if (problem != null) {
      onFailed.run();
      LOG.warn("snapshot failed group={}, trying again later", replica.group().value(), problem);
    } else if (point != null) {
      LOG.info("snapshot group={} index={}", replica.group().value(), point.index());
    }
  }
}
