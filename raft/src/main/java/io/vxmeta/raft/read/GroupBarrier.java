package io.vxmeta.raft.read;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.shardmap.NodeId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Proves, once for all reads waiting on a shard group, that this leader was not replaced before
/// they arrived.
final class GroupBarrier {
  /* Threads: any; every method takes the monitor, and no future is completed while holding it.
   *
   * A round: note term T (leading and ready, T unchanged after) and commit index C; ask the other voters for their
   * current term; when voters at a term <= T, with this one, are a majority (of both configurations during a change), T
   * is still this leader's term and the configuration that of the start, release the reads of the round with C.
   *
   * Why C is enough: suppose a read of the round misses a write that was acknowledged before the read arrived. This
   * leader did not know the write as committed at the start of the round. It was ready, so its commit index covered all
   * earlier terms; hence the write was acknowledged by a leader of a term > T, which had been elected by then. Of all
   * terms > T with a leader by then take the lowest. The configuration that elected it is the one asked here, or one step
   * of a change from it (docs/read-path.md says why; a later leader's may be any), so its voters and ours share one. That
   * voter had raised its term above T before it voted, and shows no lower one after, not even after a restart; but it answered
   * a question that was sent after the round started with a term <= T: contradiction.
   * No clock takes part, and the questions may be late, lost or repeated.
   *
   * Both majorities: a configuration is in use a moment before the replica shows it, so while the joint one is shown a
   * leader may be elected under either of its ends.
   *
   * Invariants: a read is released only by a round that STARTED after the read arrived; an answer counts only for the
   *   round whose number it carries, which no other round of this process has, also of the same group before it was closed
   *   and opened again; at most one round is open.
   * Limits: WAITING_MAX reads; each has a deadline, kept by `expire`.
   */

  /// Reads waiting on one group of one leader; more would only time out together.
  static final int WAITING_MAX = 65_536;

  private final Replica replica;
  private final Runnable askPeers;
  private final ReadMeter meter;
  private final LongSupplier nanoClock;
  private List<Waiting> next = new ArrayList<>();
  private Round open = Round.NONE;

  /// The replica is gone, and nobody looks for late reads here any more.
  private boolean gone;

  private final AtomicLong rounds;

  /// @param rounds numbers the rounds of all groups
  GroupBarrier(
      Replica replica,
      Runnable askPeers,
      ReadMeter meter,
      LongSupplier nanoClock,
      AtomicLong rounds) {
    this.rounds = rounds;
    this.replica = replica;
    this.askPeers = askPeers;
    this.meter = meter;
    this.nanoClock = nanoClock;
  }

  /// What a peer is asked: the term to compare with, and the round the answer is for.
  record Question(long round, long term, long commitIndex) {}

  /// Completes with an index such that a replica that has applied it misses nothing acknowledged
  /// before this call.
  CompletableFuture<Long> confirm(long deadlineNanos) {
    Waiting waiting = new Waiting(deadlineNanos);
    Settled settled;
    synchronized (this) {
      if (gone) {
        return CompletableFuture.failedFuture(notLeader());
      }
      if (next.size() + open.reads.size() >= WAITING_MAX) {
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
      settled = open == Round.NONE ? start() : Settled.NOTHING;
    }
    finish(settled);
    return waiting;
  }

  /// What to ask `peer` now, if its answer is wanted.
  synchronized Optional<Question> question(NodeId peer) {
    if (open == Round.NONE || open.confirmed.contains(peer) || !open.concerns(peer)) {
      return Optional.empty();
    }
    return Optional.of(new Question(open.number, open.term, open.commitIndex));
  }

  /// A peer's current term; 0 when it is no member.
  void onAnswer(NodeId peer, long round, long peerTerm) {
    Settled settled;
    synchronized (this) {
      if (open == Round.NONE || open.number != round || peerTerm == 0) {
        return;
      }
      if (peerTerm > open.term) {
        settled = fail(notLeader());
      } else {
        open.confirmed.add(peer);
        settled = settleIfProven();
      }
    }
    finish(settled);
  }

  /// Fails what waits too long, and everything when this replica leads no more. Called a few times
  /// a second.
  void expire(long nowNanos) {
    List<Waiting> late = new ArrayList<>();
    Settled settled = Settled.NOTHING;
    synchronized (this) {
      if (open != Round.NONE && !stillLeads(open.term)) {
        settled = fail(notLeader());
      }
      next.removeIf(waiting -> waiting.isLate(nowNanos) && late.add(waiting));
      open.reads.removeIf(waiting -> waiting.isLate(nowNanos) && late.add(waiting));
    }
    finish(settled);
    ReadRefused refusal =
        ReadRefused.of(
            ReadRefused.Reason.DEADLINE,
            "no majority confirmed the leader in time; group="
                + replica.group().value()
                + "; retry, or check the other replicas");
    late.forEach(waiting -> waiting.completeExceptionally(refusal));
  }

  /// Fails everything that waits or comes: the replica is gone.
  void abandon() {
    List<Waiting> left;
    synchronized (this) {
      gone = true;
      left = new ArrayList<>(open.reads);
      left.addAll(next);
      open = Round.NONE;
      next = new ArrayList<>();
    }
    left.forEach(waiting -> waiting.completeExceptionally(notLeader()));
  }

  /// True while a round waits for answers.
  synchronized boolean waits() {
    return open != Round.NONE;
  }

  // ---- under the monitor

  private Settled start() {
    long term = replica.term();
    if (!replica.leaderReady()) {
      return failNext(
          replica.role() == RaftRole.LEADER
              ? ReadRefused.of(
                  ReadRefused.Reason.NOT_READY,
                  "the new leader has not applied its first entry yet; group="
                      + replica.group().value())
              : notLeader());
    }
    long commitIndex = replica.committedIndex();
    if (!stillLeads(term)) {
      return failNext(notLeader());
    }
    open =
        new Round(
            rounds.incrementAndGet(),
            nanoClock.getAsLong(),
            term,
            commitIndex,
            next,
            replica.voters(),
            replica.previousVoters());
    open.confirmed.add(replica.node());
    next = new ArrayList<>();
    return settleIfProven();
  }

  private Settled settleIfProven() {
    if (!open.proven()) {
      return Settled.ASK;
    }
    if (!stillLeads(open.term)) {
      return fail(notLeader());
    }
    if (!open.sameVoters(replica)) {
      return reopen();
    }
    meter.onRound(nanoClock.getAsLong() - open.begunNanos, open.reads.size());
    Settled done =
        new Settled(open.reads, OptionalLong.of(open.commitIndex), Optional.empty(), true);
    open = Round.NONE;
    return done;
  }

  /// The configuration changed during the round: ask again under the new one.
  private Settled reopen() {
    next.addAll(0, open.reads);
    open = Round.NONE;
    return start();
  }

  private Settled fail(ReadRefused refusal) {
    Settled failed = new Settled(open.reads, OptionalLong.empty(), Optional.of(refusal), true);
    open = Round.NONE;
    return failed;
  }

  private Settled failNext(ReadRefused refusal) {
    Settled failed = new Settled(next, OptionalLong.empty(), Optional.of(refusal), false);
    next = new ArrayList<>();
    return failed;
  }

  private boolean stillLeads(long term) {
    return replica.role() == RaftRole.LEADER && replica.term() == term;
  }

  private ReadRefused notLeader() {
    return new ReadRefused(
        ReadRefused.Reason.NOT_LEADER,
        replica.leader().filter(leader -> !leader.equals(replica.node())),
        "this replica does not lead group=" + replica.group().value());
  }

  // ---- outside the monitor

  private void finish(Settled first) {
    Settled settled = first;
    while (true) {
      settled.release();
      if (!settled.mayStartNext()) {
        break;
      }
      synchronized (this) {
        if (open != Round.NONE || next.isEmpty()) {
          break;
        }
        settled = start();
      }
    }
    if (waits()) {
      askPeers.run();
    }
  }

  /// Reads to release, with what, once the monitor is free.
  private record Settled(
      List<Waiting> reads,
      OptionalLong index,
      Optional<ReadRefused> refusal,
      boolean mayStartNext) {
    static final Settled NOTHING =
        new Settled(List.of(), OptionalLong.empty(), Optional.empty(), false);
    static final Settled ASK = NOTHING;

    void release() {
      for (Waiting read : reads) {
        refusal.ifPresentOrElse(
            read::completeExceptionally, () -> read.complete(index.getAsLong()));
      }
    }
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

  private static final class Round {
    static final Round NONE = new Round(0, 0, 0, 0, new ArrayList<>(), Set.of(), Set.of());

    private final long number;
    private final long begunNanos;
    private final long term;
    private final long commitIndex;
    private final List<Waiting> reads;
    private final Set<NodeId> voters;
    private final Set<NodeId> previousVoters;
    private final Set<NodeId> confirmed = new HashSet<>();

    Round(
        long number,
        long begunNanos,
        long term,
        long commitIndex,
        List<Waiting> reads,
        Set<NodeId> voters,
        Set<NodeId> previousVoters) {
      this.number = number;
      this.begunNanos = begunNanos;
      this.term = term;
      this.commitIndex = commitIndex;
      this.reads = reads;
      this.voters = voters;
      this.previousVoters = previousVoters;
    }

    boolean concerns(NodeId peer) {
      return voters.contains(peer) || previousVoters.contains(peer);
    }

    boolean proven() {
      return hasMajority(voters) && (previousVoters.isEmpty() || hasMajority(previousVoters));
    }

    boolean sameVoters(Replica replica) {
      return voters.equals(replica.voters()) && previousVoters.equals(replica.previousVoters());
    }

    private boolean hasMajority(Set<NodeId> of) {
      int count = 0;
      for (NodeId voter : of) {
        count += confirmed.contains(voter) ? 1 : 0;
      }
      return 2 * count > of.size();
    }
  }
}
