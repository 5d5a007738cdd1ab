package io.vxmeta.raft.move;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.write.Coalescer;
import io.vxmeta.raft.write.WriteFuture;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.raft.write.WriteRefusal;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.statemachine.Answer;
import io.vxmeta.statemachine.CopyStep;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.Outcome;
import io.vxmeta.statemachine.ShardCopy;
import io.vxmeta.statemachine.ShardStanding;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// This node's replicas, asked about their shards.
public final class OwnShards implements ShardGroups {
  /* Threads: any; copies are read on `work`, as reads are, and not behind snapshots, because a frozen shard waits for them; each by one thread at a
   *   time (under its own lock).
   * Bounds: one copy for each shard, which holds one step, and goes with the next copy of the shard or when nobody asked for IDLE.
   */
  private static final Duration WITHIN = Duration.ofMillis(1_500);
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final NodeId self;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final Map<ShardGroupId, Coalescer> coalescers;
  private final ReadGate gate;
  private final Executor work;
  private final BooleanSupplier diskIsScarce;
  private final LongSupplier nanoClock;
  private final Map<ShardId, Copying> copies = new HashMap<>();

  public OwnShards(
      NodeId self,
      Map<ShardGroupId, ? extends Replica> replicas,
      Map<ShardGroupId, Coalescer> coalescers,
      ReadGate gate,
      Executor work,
      BooleanSupplier diskIsScarce,
      LongSupplier nanoClock) {
    this.self = self;
    this.replicas = replicas;
    this.coalescers = coalescers;
    this.gate = gate;
    this.work = work;
    this.diskIsScarce = diskIsScarce;
    this.nanoClock = nanoClock;
  }

  @Override
  public CompletableFuture<Said> standing(ShardGroupId group, ShardId shard) {
    Optional<Replica> leading = leading(group);
    if (leading.isEmpty()) {
      return CompletableFuture.failedFuture(notLeading(group));
    }
    long deadline = nanoClock.getAsLong() + WITHIN.toNanos();
    return gate.open(group, new ReadContract.Linearizable(), deadline)
        .thenApply(opened -> said(opened.state(), shard));
  }

  /// The standing first: the revision may be a later one, not an earlier.
  private Said said(GroupState state, ShardId shard) {
    ShardStanding standing = state.standing(shard.value());
    return new Said(self, standing, Outcome.APPLIED, state.revision());
  }

  @Override
  public CompletableFuture<Said> propose(ShardGroupId group, EncodedTransaction entry) {
    Coalescer coalescer = coalescers.get(group);
    if (leading(group).isEmpty() || coalescer == null) {
      return CompletableFuture.failedFuture(notLeading(group));
    }
    if (entry.fills() && diskIsScarce.getAsBoolean()) {
      // As writes of clients. What ends or finishes a move must go on.
      return CompletableFuture.failedFuture(
          new IllegalStateException(
              "the disk of node="
                  + self
                  + " has too little room for a copy; group="
                  + group
                  + "; free some, or call the move off"));
    }
    WriteFuture write = WriteFuture.ofSystem(entry);
    coalescer.submit(write);
    return write.end().thenApply(end -> said(group, end));
  }

  private Said said(ShardGroupId group, WriteEnd end) {
    return switch (end) {
      case WriteEnd.Answered answered -> said(answered.answer());
      case WriteEnd.Refused refused -> throw failure(group, refused.refusal());
      case WriteEnd.Unknown unknown -> throw new IllegalStateException(unknown.message());
    };
  }

  private Said said(Answer answer) {
    return new Said(
        self,
        answer
            .standing()
            .orElseThrow(() ->
                new IllegalStateException(
                    "an entry of a move is answered with a standing: outcome=" + answer.outcome())),
        answer.outcome(),
        answer.revision());
  }

  private static RuntimeException failure(ShardGroupId group, WriteRefusal refusal) {
    return refusal.reason() == WriteRefusal.Reason.NOT_LEADER
        ? new NotLeading(group, refusal.leader())
        : new IllegalStateException(refusal.message());
  }

  private Optional<Replica> leading(ShardGroupId group) {
    return Optional.<Replica>ofNullable(replicas.get(group)).filter(Replica::leaderReady);
  }

  private NotLeading notLeading(ShardGroupId group) {
    Replica replica = replicas.get(group);
    return new NotLeading(
        group,
        replica == null
            ? Optional.empty()
            : replica.leader().filter(leader -> !leader.equals(self)));
  }

  // ---- copies

  @Override
  public CompletableFuture<CopyStep> copy(NodeId node, CopyAsk ask) {
    return CompletableFuture.supplyAsync(() -> step(ask), work);
  }

  private CopyStep step(CopyAsk ask) {
    Optional<Copying> copying = copying(ask);
    return copying.isPresent()
        ? copying.get().step(ask.ask())
        : new CopyStep.Over("this node does not make that copy any more, or never did");
  }

  private synchronized Optional<Copying> copying(CopyAsk ask) {
    long now = nanoClock.getAsLong();
    copies.values().removeIf(each -> now - each.askedNanos > IDLE.toNanos());
    Copying found = copies.get(ask.shard());
    if (found != null && found.name.equals(ask.copy())) {
      found.askedNanos = now;
      return Optional.of(found);
    }
    Optional<GroupState> state =
        Optional.<Replica>ofNullable(replicas.get(ask.group())).flatMap(Replica::state);
    if (ask.ask() != 1 || state.isEmpty()) {
      return Optional.empty();
    }
    Copying begun =
        new Copying(ask.copy(), state.get().copy(ask.shard().value(), ask.attempt()), now);
    copies.put(ask.shard(), begun);
    return Optional.of(begun);
  }

  /// A copy and the step that was asked for last, which may be asked for again when its answer got
  /// lost.
  private static final class Copying {
    private final String name;
    private final ShardCopy copy;
    private @Nullable CopyStep last;
    private long asked;

    /// Under the lock of the copies.
    private long askedNanos;

    Copying(String name, ShardCopy copy, long nowNanos) {
      this.name = name;
      this.copy = copy;
      this.askedNanos = nowNanos;
    }

    synchronized CopyStep step(long ask) {
      CopyStep given = last;
      if (given != null && ask == asked) {
        return given;
      }
      if (ask != asked + 1) {
        return new CopyStep.Over(
            "steps of a copy are asked for one after the other: asked=" + ask + " last=" + asked);
      }
      CopyStep next = copy.next();
      last = next;
      asked = ask;
      return next;
    }
  }
}
