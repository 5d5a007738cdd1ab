package io.vxmeta.raft.read;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Asks the leader, once for all reads waiting on a follower, how far this follower must have
/// applied.
final class FollowerIndex {
  /* Threads: any. Invariants: a read is released only by a question that was SENT after the read arrived; at most one
   * question per group is under way. Why that is enough: the leader runs its own barrier after the question arrived.
   * Limits: WAITING_MAX reads; each read's deadline is kept by `expire`, the question's by the transport.
   */
  static final int WAITING_MAX = 65_536;

  private final Replica replica;
  private final LeaderQuestion leaderQuestion;
  private List<Waiting> next = new ArrayList<>();
  private List<Waiting> asked = List.of();
  private boolean asking;

  FollowerIndex(Replica replica, LeaderQuestion leaderQuestion) {
    this.replica = replica;
    this.leaderQuestion = leaderQuestion;
  }

  CompletableFuture<Long> covering(long deadlineNanos) {
    Waiting waiting = new Waiting(deadlineNanos);
    synchronized (this) {
      if (next.size() + asked.size() >= WAITING_MAX) {
        return CompletableFuture.failedFuture(
            ReadRefused.of(
                ReadRefused.Reason.OVERLOADED,
                "expected at most "
                    + WAITING_MAX
                    + " waiting reads; group="
                    + replica.group().value()
                    + "; retry later"));
      }
      next.add(waiting);
    }
    askIfIdle();
    return waiting;
  }

  private void askIfIdle() {
    List<Waiting> batch;
    synchronized (this) {
      if (asking || next.isEmpty()) {
        return;
      }
      asking = true;
      batch = next;
      asked = batch;
      next = new ArrayList<>();
    }
    Optional<NodeId> leader = replica.leader();
    if (leader.isEmpty()) {
      finish(batch, -1, noLeader());
      return;
    }
    var _ =
        leaderQuestion
            .readIndex(leader.get(), replica.group())
            .whenComplete((index, problem) -> finish(batch, index == null ? -1 : index, problem));
  }

  private void finish(List<Waiting> batch, long index, @Nullable Throwable problem) {
    synchronized (this) {
      asking = false;
      asked = List.of();
    }
    for (Waiting waiting : batch) {
      if (problem == null) {
        waiting.complete(index);
      } else {
        waiting.completeExceptionally(problem);
      }
    }
    askIfIdle();
  }

  /// Fails everything: the replica is gone.
  void abandon() {
    List<Waiting> left;
    synchronized (this) {
      left = new ArrayList<>(asked);
      left.addAll(next);
      next = new ArrayList<>();
    }
    left.forEach(waiting -> waiting.completeExceptionally(noLeader()));
  }

  void expire(long nowNanos) {
    List<Waiting> late = new ArrayList<>();
    synchronized (this) {
      next.removeIf(waiting -> waiting.isLate(nowNanos) && late.add(waiting));
      asked.stream().filter(waiting -> waiting.isLate(nowNanos)).forEach(late::add);
    }
    ReadRefused refusal =
        ReadRefused.of(
            ReadRefused.Reason.DEADLINE,
            "the leader did not answer in time; group="
                + replica.group().value()
                + "; retry, or ask another replica");
    late.forEach(waiting -> waiting.completeExceptionally(refusal));
  }

  private ReadRefused noLeader() {
    return ReadRefused.of(
        ReadRefused.Reason.NOT_READY,
        "no leader is known, an election may be running; group=" + replica.group().value());
  }

  private static final class Waiting extends CompletableFuture<Long> {
    private final long deadlineNanos;

    Waiting(long deadlineNanos) {
      this.deadlineNanos = deadlineNanos;
    }

    boolean isLate(long nowNanos) {
      return nowNanos - deadlineNanos >= 0;
    }
  }
}
