package io.vxmeta.raft;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.RottenSnapshot;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.snapshot.BadSnapshot;
import io.vxmeta.statemachine.snapshot.SnapshotScrub;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads all groups' snapshots again at a low rate, and replaces what has rotted while the state is
/// still in memory.
final class Scrubber {
  /* Threads: `step` on the sweeper; the reading on a background thread, one step at a time.
   * Rate: one group after the other, so the whole node reads no more than STEP_BYTES in STEP_MS.
   */
  static final long STEP_MS = 1_000;
  static final long STEP_BYTES = 8L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(Scrubber.class);

  private final Map<ShardGroupId, GroupFiles> files;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final Executor background;
  private final Map<ShardGroupId, SnapshotScrub> scrubs = new ConcurrentHashMap<>();
  private final AtomicBoolean running = new AtomicBoolean();
  private int turn;

  Scrubber(
      Map<ShardGroupId, GroupFiles> files,
      Map<ShardGroupId, ? extends Replica> replicas,
      Executor background) {
    this.files = files;
    this.replicas = replicas;
    this.background = background;
  }

  /// Begins to read a group's snapshots.
  SnapshotScrub add(ShardGroupId group) {
    SnapshotScrub scrub = new SnapshotScrub(Objects.requireNonNull(files.get(group)).snapshots());
    scrubs.put(group, scrub);
    return scrub;
  }

  void remove(ShardGroupId group) {
    scrubs.remove(group);
  }

  void step() {
    if (!running.compareAndSet(false, true)) {
      return;
    }
    List<ShardGroupId> groups = List.copyOf(scrubs.keySet());
    if (groups.isEmpty()) {
      running.set(false);
      return;
    }
    turn = (turn + 1) % groups.size();
    ShardGroupId group = groups.get(turn);
    try {
      background.execute(() -> {
        try {
          read(group);
        } finally {
          running.set(false);
        }
      });
    } catch (RejectedExecutionException busy) {
      LOG.debug("no scrubbing now", busy);
      running.set(false);
    }
  }

  private void read(ShardGroupId group) {
    try {
      SnapshotScrub scrub = scrubs.get(group);
      if (scrub != null) {
        scrub.step(STEP_BYTES).ifPresent(bad -> replace(group, bad));
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("snapshots can not be read again now group={}", group.value(), e);
    }
  }

  private void replace(ShardGroupId group, BadSnapshot bad) {
    LOG.error(
        "a snapshot has rotted and is not used any more: group={} directory={} reason={}; taking a"
            + " new one, check the disk",
        group.value(),
        bad.directory(),
        bad.reason());
    GroupFiles of = files.get(group);
    Replica replica = replicas.get(group);
    if (of == null || replica == null) {
      return;
    }
    of.distrustBase();
    replica.distrustSnapshot(bad.index());
    var _ =
        replica
            .snapshot()
            .whenComplete((point, problem) -> {
              if (problem != null && isRotten(problem)) {
                LOG.warn(
                    "no snapshot instead of the rotten one, because no log entry came since:"
                        + " group={} index={}; the next write allows one, and a restart before it"
                        + " takes the state from an older snapshot and the log, or from another"
                        + " replica",
                    group.value(),
                    bad.index());
              } else if (problem != null) {
                LOG.warn(
                    "no snapshot instead of the rotten one yet: group={}", group.value(), problem);
              } else {
                LOG.info(
                    "a sound snapshot is there instead of the rotten one: group={} index={}",
                    group.value(),
                    point.index());
              }
            });
  }

  private static boolean isRotten(Throwable problem) {
    Throwable cause = problem instanceof CompletionException ? problem.getCause() : problem;
    return cause instanceof RottenSnapshot;
  }
}
