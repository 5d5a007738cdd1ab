package io.vxmeta.raft.read;

import io.vxmeta.raft.ratis.AppliedIndex;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.GroupState;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Opens when this node's replica may answer a read under its contract.
public final class ReadGate {
  /* Threads: any. A read passes in two steps: learn an index that covers what the contract demands (from the barrier on
   * the leader, from the leader on a follower, from nobody for AT_LEAST and LOCAL), wait until it is applied here.
   *
   * Staleness without comparing clocks: the proof of a round that began at local time t covers every write acknowledged
   * before t, and once its index is applied here, what a read that begins now can miss was acknowledged within the last
   * `now - t`, by this machine's monotonic clock alone. `freshAsOf` keeps the latest such t.
   */
  private final Map<ShardGroupId, Lane> lanes = new ConcurrentHashMap<>();
  private final ReadBarrier barrier;
  private final LeaderQuestion leaderQuestion;
  private final LongSupplier nanoClock;

  public ReadGate(
      Map<ShardGroupId, ? extends Replica> replicas,
      ReadBarrier barrier,
      LeaderQuestion leaderQuestion,
      LongSupplier nanoClock) {
    this.barrier = barrier;
    this.leaderQuestion = leaderQuestion;
    this.nanoClock = nanoClock;
    replicas.values().forEach(this::add);
  }

  /// A group came to this node.
  public void add(Replica replica) {
    lanes.put(replica.group(), new Lane(replica, new FollowerIndex(replica, leaderQuestion)));
  }

  /// A group went from this node: what waits for an index is refused.
  public void remove(ShardGroupId group) {
    Lane lane = lanes.remove(group);
    if (lane != null) {
      lane.followerIndex.abandon();
    }
  }

  /// A replica's state that satisfies the contract, and how old it is at most.
  ///
  /// @param stalenessNanos bound of the age, counted back from when the read began; empty when
  ///   nothing is proven
  public record Opened(Replica replica, GroupState state, OptionalLong stalenessNanos) {
    /// False once a snapshot was installed: the state is closed then, and a read of it failed for
    /// no other reason.
    public boolean isCurrent() {
      return replica.state().filter(now -> now == state).isPresent();
    }
  }

  /// Completes when the read may go on. Fails with [ReadRefused].
  public CompletableFuture<Opened> open(
      ShardGroupId group, ReadContract contract, long deadlineNanos) {
    Lane lane = lanes.get(group);
    if (lane == null) {
      return CompletableFuture.failedFuture(
          ReadRefused.of(
              ReadRefused.Reason.NOT_LEADER,
              "this node holds no replica of group=" + group.value()));
    }
    return switch (contract) {
      case ReadContract.Linearizable _ -> lane.proven(deadlineNanos);
      case ReadContract.AtLeast atLeast -> lane.reached(atLeast.revision().value(), deadlineNanos);
      case ReadContract.Bounded bounded -> lane.bounded(bounded.stalenessMsMax(), deadlineNanos);
      case ReadContract.Local _ -> lane.now(lane.staleness());
    };
  }

  /// Fails reads whose deadline passed. Called a few times a second.
  public void expire(long nowNanos) {
    lanes.values().forEach(lane -> lane.followerIndex.expire(nowNanos));
  }

  /// The path of one group's reads.
  private final class Lane {
    private static final long NEVER = Long.MIN_VALUE;

    private final Replica replica;
    private final FollowerIndex followerIndex;
    private final AtomicLong freshAsOf = new AtomicLong(NEVER);

    Lane(Replica replica, FollowerIndex followerIndex) {
      this.replica = replica;
      this.followerIndex = followerIndex;
    }

    CompletableFuture<Opened> proven(long deadlineNanos) {
      long begun = nanoClock.getAsLong();
      CompletableFuture<Long> index =
          replica.role() == RaftRole.LEADER
              ? barrier.confirm(replica.group(), deadlineNanos)
              : followerIndex.covering(deadlineNanos);
      return index
          .thenCompose(covered -> applied(covered, deadlineNanos))
          .thenCompose(_ -> {
            freshAsOf.accumulateAndGet(begun, Math::max);
            return now(OptionalLong.of(0));
          });
    }

    CompletableFuture<Opened> bounded(long stalenessMsMax, long deadlineNanos) {
      OptionalLong age = staleness();
      if (age.isPresent() && age.getAsLong() <= TimeUnit.MILLISECONDS.toNanos(stalenessMsMax)) {
        return now(age);
      }
      return proven(deadlineNanos);
    }

    OptionalLong staleness() {
      long fresh = freshAsOf.get();
      return fresh == NEVER
          ? OptionalLong.empty()
          : OptionalLong.of(Math.max(0, nanoClock.getAsLong() - fresh));
    }

    /// Revisions only grow with the applied index, so waiting for the next index and looking again
    /// misses nothing.
    CompletableFuture<Opened> reached(long revision, long deadlineNanos) {
      long seen = replica.applied().index();
      Optional<GroupState> state = replica.state();
      if (state.isPresent() && state.get().revision() >= revision) {
        return now(staleness());
      }
      return applied(seen + 1, deadlineNanos)
          .thenCompose(_ -> reached(revision, deadlineNanos))
          .exceptionallyCompose(
              problem -> CompletableFuture.failedFuture(stale(problem, revision)));
    }

    private Throwable stale(Throwable problem, long revision) {
      return problem.getCause() instanceof ReadRefused refused
              && refused.reason() == ReadRefused.Reason.DEADLINE
          ? ReadRefused.stale(
              replica.group(),
              new ReadRefused.Behind(
                  revision, replica.state().map(GroupState::revision).orElse(0L)))
          : problem;
    }

    private CompletableFuture<Void> applied(long index, long deadlineNanos) {
      CompletableFuture<Void> reached = replica.applied().reached(index);
      if (reached.isDone()) {
        return reached.exceptionallyCompose(
            problem -> CompletableFuture.failedFuture(overloaded(problem)));
      }
      long left = Math.max(1, deadlineNanos - nanoClock.getAsLong());
      return reached
          .copy()
          .orTimeout(left, TimeUnit.NANOSECONDS)
          .exceptionallyCompose(_ -> {
            reached.cancel(false);
            return CompletableFuture.failedFuture(
                ReadRefused.of(
                    ReadRefused.Reason.DEADLINE,
                    "replica did not apply the index in time; group="
                        + replica.group().value()
                        + " required="
                        + index
                        + " applied="
                        + replica.applied().index()));
          });
    }

    private Throwable overloaded(Throwable problem) {
      return problem instanceof AppliedIndex.TooManyWaiters
          ? ReadRefused.of(ReadRefused.Reason.OVERLOADED, String.valueOf(problem.getMessage()))
          : problem;
    }

    private CompletableFuture<Opened> now(OptionalLong staleness) {
      return replica
          .state()
          .map(state -> CompletableFuture.completedFuture(new Opened(replica, state, staleness)))
          .orElseGet(() ->
              CompletableFuture.failedFuture(
                  ReadRefused.of(
                      ReadRefused.Reason.NOT_READY,
                      "a snapshot is being installed; group=" + replica.group().value())));
    }
  }
}
