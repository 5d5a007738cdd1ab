package io.vxmeta.client;

import io.grpc.Channel;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.UnaryCall;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// One transaction on its way: gets a sequence of its shard group, repeats it until answered, gives
/// it back.
final class WriteCall {
  /* Invariants: all attempts carry the same sequence, and the group that it was made for. It is left for a sequence of another group
   *   only when every attempt was refused with nothing done, or when that group answered SHARD_MOVED: then nothing happened, and
   *   never will, under any attempt that is still on its way. So there is at most one sequence under which the transaction can
   *   happen. Whoever is in doubt goes on asking the group of the sequence, wherever the shard is. */

  private final GroupCall.Ground ground;
  private final Producer producer;
  private final Transaction transaction;
  private final KeyShards shards;
  private final Deadline deadline;
  private final Optional<CallTrace> trace;
  private final CompletableFuture<Outcome<WriteAnswer>> result = new CompletableFuture<>();

  /// A producer's identity and its sequences by shard group.
  interface Producer {
    ProducerIdentity identity();

    SequenceWindow window(ShardGroupId group);
  }

  private WriteCall(
      GroupCall.Ground ground, Producer producer, Transaction transaction, Deadline deadline) {
    this.ground = ground;
    this.producer = producer;
    this.transaction = transaction;
    this.shards = KeyShards.of(transaction.namespace(), transaction.keys().toList());
    this.deadline = deadline;
    this.trace = ground.trace("vxmeta write");
  }

  /// Always ends with an outcome.
  static CompletableFuture<Outcome<WriteAnswer>> start(
      GroupCall.Ground ground, Producer producer, Transaction transaction, Deadline deadline) {
    WriteCall call = new WriteCall(ground, producer, transaction, deadline);
    Optional<NearCache.OwnWrite> noted = ground.nearCache().map(near -> near.writing(transaction));
    call.route();
    CompletableFuture<Outcome<WriteAnswer>> outcome =
        noted.isPresent() ? Futures.noted(call.result, noted.get()::onOutcome) : call.result;
    return call.trace.isPresent() ? Futures.noted(outcome, call.trace.get()::onOutcome) : outcome;
  }

  private void route() {
    Futures.detach(
        MapWait.within(ground, deadline)
            .whenComplete((map, failure) -> {
              if (failure == null) {
                onMap(map);
              } else {
                result.complete(refused(Futures.cause(failure)));
              }
            }));
  }

  private void onMap(ShardMap map) {
    Optional<ShardId> stray = shards.strayFrom(map);
    if (stray.isPresent()) {
      result.complete(crossGroup(map, shards.first(), stray.get()));
      return;
    }
    ShardGroupId group = map.groupOf(shards.first());
    SequenceWindow window = producer.window(group);
    Futures.detach(
        window
            .acquire()
            .orTimeout(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete((sequence, failure) -> {
              if (failure == null) {
                send(group, window, sequence);
              } else {
                result.complete(refused(Futures.cause(failure)));
              }
            }));
  }

  private void send(ShardGroupId group, SequenceWindow window, long sequence) {
    WriteRequest request =
        MessageCodec.writeRequest(transaction, producer.identity(), group, sequence);
    CompletableFuture<Void> unused =
        GroupCall.start(ground, new Attempt(group, request), new Route.Leader(), deadline)
            .thenAccept(ending -> {
              window.release(sequence);
              onEnding(ending);
            });
  }

  private void onEnding(Ending<WriteAnswer> ending) {
    if (ending instanceof Ending.Answered<WriteAnswer> answered) {
      result.complete(new Outcome.Done<>(answered.answer()));
    } else if (ending instanceof Ending.Failed<WriteAnswer> failed) {
      result.complete(
          failed.doubt() == Ending.Doubt.NOTHING_HAPPENED
              ? refused(failed.why())
              : new Outcome.Unknown<>(failed.why().text()));
    } else {
      route();
    }
  }

  static Outcome<WriteAnswer> refused(Throwable cause) {
    if (cause instanceof CallFailed failed) {
      return new Outcome.Refused<>(failed.reason(), failed.text(), failed.facts());
    }
    return new Outcome.Refused<>(
        CallFailed.CLIENT_OVERLOADED,
        "earlier writes to the shard group did not end in time: " + cause,
        Map.of());
  }

  static Outcome<WriteAnswer> crossGroup(ShardMap map, ShardId one, ShardId other) {
    Map<String, String> facts =
        Map.of(
            "shard_a", one.toString(),
            "group_a", map.groupOf(one).toString(),
            "shard_b", other.toString(),
            "group_b", map.groupOf(other).toString());
    return new Outcome.Refused<>(
        ErrorReason.CROSS_GROUP.name(),
        "a transaction is about one shard group: "
            + facts
            + "; use one hash tag, {tag}, in all its keys, or several transactions",
        facts);
  }

  /// The transaction under one sequence of one group.
  private final class Attempt implements GroupCall.Question<WriteAnswer> {
    private final ShardGroupId group;
    private final WriteRequest request;

    Attempt(ShardGroupId group, WriteRequest request) {
      this.group = group;
      this.request = request;
    }

    @Override
    public Optional<ShardGroupId> group(ShardMap map) {
      return shards.group(map).filter(group::equals);
    }

    @Override
    public Optional<ShardGroupId> numberedFor() {
      return Optional.of(group);
    }

    @Override
    public CompletableFuture<WriteAnswer> ask(
        Channel channel, ShardMap map, ShardGroupId asked, Duration limit) {
      return UnaryCall.send(
              channel,
              MetadataStoreGrpc.getWriteMethod(),
              CallHeaders.of(shards.first(), map.epoch()),
              request,
              limit)
          .thenApply(response -> MessageCodec.decode(response, map.clusterId()));
    }

    @Override
    public Optional<CallTrace> trace() {
      return trace;
    }

    @Override
    public Optional<Freshness> freshness(WriteAnswer answer) {
      return Optional.of(answer.freshness());
    }
  }
}
