package io.vxmeta.raft;

import io.vxmeta.raft.observe.TableCounts;
import io.vxmeta.raft.ratis.FailStop;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.WalkedTable;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Walks the live tables of all replicas again and again at a low rate, beside their work, and ends
/// the node on a damaged one.
final class TableScrub implements AutoCloseable {
  /* Threads: one of its own walks; counters from any.
   * Rate: one table after the other, so the whole node makes so many steps a second; a step holds one group's apply lock for a
   *   fraction of a millisecond. Somebody who asked for a walk of the same group does not wait for a slow one: it ends at full speed.
   * A damaged table is a wrong state that a reader may have been given: the replica is marked and the process stops. What a
   *   walk finds in a state that was closed or replaced meanwhile counts for nothing.
   */

  /// After a step somebody waits for: as long as a step takes, so that writes get their turn.
  private static final long SHORT_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  /// When there is nothing to walk, or a walk failed.
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final Duration END_WITHIN = Duration.ofSeconds(5);

  /// A damaged table can have thousands.
  private static final int PROBLEMS_NAMED_MAX = 5;

  private static final Logger LOG = LoggerFactory.getLogger(TableScrub.class);

  private final Collection<? extends Replica> replicas;
  private final WrongState wrong;
  private final FailStop failStop;
  private final long pauseNanos;
  private final Map<ShardGroupId, Count> counts = new ConcurrentHashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  TableScrub(
      NodeConfig.Scrub rate,
      Collection<? extends Replica> replicas,
      WrongState wrong,
      FailStop failStop) {
    this.replicas = replicas;
    this.wrong = wrong;
    this.failStop = failStop;
    this.pauseNanos = TimeUnit.SECONDS.toNanos(1) / rate.tableStepsPerSecond();
    this.thread = Thread.ofPlatform().name("vx-table-scrub").daemon().unstarted(this::run);
  }

  /// What was walked of one group since the process began.
  static final class Count implements TableCounts {
    private final AtomicLong tables = new AtomicLong();
    private final AtomicLong records = new AtomicLong();
    private final AtomicLong damaged = new AtomicLong();

    @Override
    public long tables() {
      return tables.get();
    }

    @Override
    public long records() {
      return records.get();
    }

    @Override
    public long damaged() {
      return damaged.get();
    }
  }

  Count of(ShardGroupId group) {
    return counts.computeIfAbsent(group, _ -> new Count());
  }

  TableScrub begin() {
    thread.start();
    return this;
  }

  private void run() {
    try {
      while (goesOn(IDLE_NANOS)) {
        for (Replica replica : replicas) {
          if (!walk(replica)) {
            return;
          }
        }
      }
    } catch (CancellationException nodeIsClosing) {
      LOG.debug("the walk over the live tables ends", nodeIsClosing);
    } catch (Error e) {
      failStop.stop("the walk over the live tables died", e);
      throw e;
    }
  }

  /// @return false if the replica was found damaged
  private boolean walk(Replica replica) {
    Optional<GroupState> state = replica.state();
    if (state.isEmpty()) {
      return true;
    }
    for (int table = 0; table < state.get().tables(); table++) {
      Optional<WalkedTable> walked = walked(replica, state.get(), table);
      if (walked.isEmpty() && isCurrent(replica, state.get())) {
        continue; // The table of a shard that left.
      }
      if (walked.isEmpty()) {
        return true;
      }
      if (!walked.get().verdict().sound()) {
        report(replica, walked.get());
        return false;
      }
      long _ = of(replica.group()).tables.incrementAndGet();
      long _ = of(replica.group()).records.addAndGet(walked.get().verdict().records());
    }
    return true;
  }

  /// Empty if the state went away under the walk.
  private Optional<WalkedTable> walked(Replica replica, GroupState state, int table) {
    try {
      Optional<WalkedTable> walked = state.verifyInSteps(table, () -> pause(state));
      return isCurrent(replica, state) ? walked : Optional.empty();
    } catch (CancellationException e) {
      throw e;
    } catch (RuntimeException e) {
      if (isCurrent(replica, state)) {
        LOG.warn("a table can not be walked now: group={}", replica.group().value(), e);
      }
      return Optional.empty();
    }
  }

  private static boolean isCurrent(Replica replica, GroupState state) {
    return replica.state().filter(current -> current == state).isPresent();
  }

  private void report(Replica replica, WalkedTable walked) {
    long _ = of(replica.group()).damaged.incrementAndGet();
    List<String> problems = walked.verdict().problems();
    String named = problems.stream().limit(PROBLEMS_NAMED_MAX).collect(Collectors.joining("; "));
    wrong.stop(
        replica,
        "a live table of this replica is damaged: group=%d shard=%d revision=%d problems=%d (%s)"
            .formatted(
                replica.group().value(),
                walked.shard(),
                walked.revision(),
                problems.size(),
                named));
  }

  private void pause(GroupState state) {
    if (!goesOn(state.walkIsWaitedFor() ? SHORT_PAUSE_NANOS : pauseNanos)) {
      throw new CancellationException("the node is closing");
    }
  }

  /// Waits; false when it is time to end.
  private boolean goesOn(long nanos) {
    try {
      return !closed.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// BEFORE the states that are walked are closed.
  @Override
  public void close() {
    closed.countDown();
    try {
      if (!thread.join(END_WITHIN)) {
        LOG.warn("the walk over the live tables did not end within {}", END_WITHIN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
