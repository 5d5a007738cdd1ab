package io.vxmeta.raft.read;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// The read barrier of a node: one question to each peer covers all groups and all waiting reads.
public final class ReadBarrier {
  /* Threads: any. The proof is in GroupBarrier; here questions of all groups are put into one message per peer and the
   * answers taken apart. A peer is asked again only after it answered, or was silent for long (PeerLink), so load grows
   * with round trips, not with reads.
   */
  private final Map<ShardGroupId, GroupBarrier> groups = new ConcurrentHashMap<>();
  private final Function<ShardGroupId, ReadMeter> meters;
  private final LongSupplier nanoClock;
  private final AtomicLong rounds = new AtomicLong();
  private volatile Runnable askPeers = () -> {};

  public ReadBarrier(
      Map<ShardGroupId, ? extends Replica> replicas,
      Function<ShardGroupId, ReadMeter> meters,
      LongSupplier nanoClock) {
    this.meters = meters;
    this.nanoClock = nanoClock;
    replicas.values().forEach(this::add);
  }

  /// A group came to this node.
  public void add(Replica replica) {
    groups.put(
        replica.group(),
        new GroupBarrier(
            replica, () -> askPeers.run(), meters.apply(replica.group()), nanoClock, rounds));
  }

  /// A group went from this node: what waits is refused.
  public void remove(ShardGroupId group) {
    GroupBarrier barrier = groups.remove(group);
    if (barrier != null) {
      barrier.abandon();
    }
  }

  /// Called once, when the links to the peers exist.
  public void askWith(Runnable kick) {
    askPeers = kick;
  }

  /// Completes with an index of the group's log: a replica that has applied it misses no write that
  /// was acknowledged before this call. Fails with [ReadRefused].
  public CompletableFuture<Long> confirm(ShardGroupId group, long deadlineNanos) {
    GroupBarrier barrier = groups.get(group);
    if (barrier == null) {
      return CompletableFuture.failedFuture(
          ReadRefused.of(
              ReadRefused.Reason.NOT_LEADER,
              "this node holds no replica of group=" + group.value()));
    }
    return barrier.confirm(deadlineNanos);
  }

  /// A question to a peer about one group.
  public record Question(ShardGroupId group, long round, long term, long commitIndex) {}

  /// A peer's answer about one group: its current term, 0 when it is no member.
  public record Answer(ShardGroupId group, long round, long term) {}

  /// Everything to ask `peer` now; empty when nothing waits for it.
  public List<Question> questions(NodeId peer) {
    List<Question> questions = new ArrayList<>();
    groups.forEach((group, barrier) ->
        barrier
            .question(peer)
            .ifPresent(ask ->
                questions.add(new Question(group, ask.round(), ask.term(), ask.commitIndex()))));
    return questions;
  }

  public void onAnswers(NodeId peer, List<Answer> answers) {
    for (Answer answer : answers) {
      GroupBarrier barrier = groups.get(answer.group());
      if (barrier != null) {
        barrier.onAnswer(peer, answer.round(), answer.term());
      }
    }
  }

  /// Fails reads whose deadline passed or whose leader was replaced. Called a few times a second.
  public void expire(long nowNanos) {
    groups.values().forEach(barrier -> barrier.expire(nowNanos));
  }
}
