package io.vxmeta.raft.api;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.MutationResult;
import io.vxmeta.client.v1.WriteOutcome;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.raft.api.CallCheck.CheckedWrite;
import io.vxmeta.raft.api.SlowOperations.Operation;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.write.Coalescer;
import io.vxmeta.raft.write.Lane;
import io.vxmeta.raft.write.WriteFuture;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.Answer;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/// Carries one transaction from the request to its answer.
final class WriteCalls {
  private static final OptionalLong CURRENT = OptionalLong.of(0);

  private final CallCheck check;
  private final NamespaceCatchUp catchUp;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final Map<ShardGroupId, Coalescer> coalescers;
  private final CallErrors errors;
  private final AnswerStamp stamp;
  private final DiskGuard disk;

  WriteCalls(
      CallCheck check,
      NamespaceCatchUp catchUp,
      Map<ShardGroupId, ? extends Replica> replicas,
      Map<ShardGroupId, Coalescer> coalescers,
      CallErrors errors,
      AnswerStamp stamp,
      DiskGuard disk) {
    this.check = check;
    this.catchUp = catchUp;
    this.replicas = replicas;
    this.coalescers = coalescers;
    this.errors = errors;
    this.stamp = stamp;
    this.disk = disk;
  }

  /// One call, one transaction, no order towards others.
  CompletableFuture<WriteResponse> write(
      WriteRequest request, RouteHeader header, BooleanSupplier abandoned, Operation operation) {
    operation.changes(request.getMutationsCount());
    ConnectionShare share = HeaderCapture.share();
    return catchUp
        .retrying(() -> check.write(request, header), Deadlines.ofCall())
        .thenCompose(checked -> {
          operation.goesTo(checked.group(), checked.firstShard());
          return submit(request, checked, new Lane(), share, abandoned, operation);
        });
  }

  /// Checks one message of a stream. Throws what is wrong with it.
  CheckedWrite checked(WriteRequest request, RouteHeader header) {
    return check.write(request, header);
  }

  /// Always fails: because the namespace is unknown to the cluster, or because only this node did
  /// not know it yet.
  CompletableFuture<WriteResponse> unknownNamespace(WriteRequest request, RouteHeader header) {
    return catchUp
        .retrying(() -> check.write(request, header), Deadlines.ofCall())
        .thenApply(_ -> {
          throw Refusal.of(
              ErrorReason.NOT_READY,
              "this node has only now learnt of the namespace; repeat from the first unanswered",
              "group",
              0,
              "reason",
              "namespaces were behind");
        });
  }

  /// Throws if the connection has too much under way.
  CompletableFuture<WriteResponse> submit(
      WriteRequest request,
      CheckedWrite checked,
      Lane lane,
      ConnectionShare share,
      BooleanSupplier abandoned,
      Operation operation) {
    disk.requireRoom(request);
    Coalescer coalescer = coalescers.get(checked.group());
    Replica replica = replicas.get(checked.group());
    if (coalescer == null || replica == null) {
      throw Refusal.of(
          ErrorReason.NOT_READY,
          "this node is giving its replica of the group up, or has just got one; retry, or ask another"
              + " node; group="
              + checked.group(),
          "group",
          checked.group().value(),
          "reason",
          "replica moves");
    }
    WriteFuture write =
        new WriteFuture(
            checked.namespace(), checked.transaction(), lane, abandoned, operation.trace());
    int bytes = checked.transaction().length();
    share.take(bytes);
    if (operation.trace().isPresent()) {
      operation.trace().get().onQueued();
    }
    coalescer.submit(write);
    long sequence = request.getProducer().getSequence();
    CompletableFuture<WriteEnd> ended = write.end().whenComplete((_, _) -> share.giveBack(bytes));
    return ended.thenApply(end -> response(end, replica, sequence, checked.mapEpoch()));
  }

  private WriteResponse response(WriteEnd end, Replica replica, long sequence, Epoch mapEpoch) {
    return switch (end) {
      case WriteEnd.Answered answered -> answer(answered.answer(), replica, sequence, mapEpoch);
      case WriteEnd.Refused refused -> throw errors.refusal(refused.refusal(), replica.group());
      case WriteEnd.Unknown unknown -> throw errors.unknown(replica.group(), unknown.message());
    };
  }

  private WriteResponse answer(Answer answer, Replica replica, long sequence, Epoch mapEpoch) {
    WriteResponse.Builder response =
        WriteResponse.newBuilder()
            .setSequence(sequence)
            .setReplayed(answer.replayed())
            .setFreshness(stamp.of(replica, answer.revision(), CURRENT, mapEpoch));
    switch (answer.outcome()) {
      case APPLIED -> {
        response.setOutcome(WriteOutcome.APPLIED);
        for (int i = 0; i < answer.mutations(); i++) {
          MutationResult.Builder result = MutationResult.newBuilder().setExisted(answer.existed(i));
          if (answer.hasNumber(i)) {
            result.setNumber(answer.number(i));
          }
          response.addResults(result);
        }
      }
      case COMPARE_FAILED ->
          response
              .setOutcome(WriteOutcome.COMPARE_FAILED)
              .setFailedIndex(answer.failedIndex())
              .setFoundVersion(answer.foundVersion());
      case WRONG_TYPE ->
          response.setOutcome(WriteOutcome.WRONG_TYPE).setFailedIndex(answer.failedIndex());
      case COLLECTION_TOO_LARGE ->
          response
              .setOutcome(WriteOutcome.COLLECTION_TOO_LARGE)
              .setFailedIndex(answer.failedIndex());
      case PRODUCER_FENCED ->
          throw Refusal.of(
              ErrorReason.PRODUCER_FENCED,
              "a newer epoch of this producer is at work; current_epoch="
                  + answer.currentEpoch()
                  + "; stop this one, or restart it with a higher epoch",
              "epoch",
              "older",
              "current_epoch",
              answer.currentEpoch());
      case SEQUENCE_TOO_OLD ->
          throw Refusal.of(
              ErrorReason.SEQUENCE_TOO_OLD,
              "the answer to this sequence is no longer remembered; sequence="
                  + sequence
                  + " highest="
                  + answer.highestSequence()
                  + "; keep at most 1,024 sequences in flight",
              "sequence",
              sequence,
              "highest",
              answer.highestSequence());
      case TOO_MANY_PRODUCERS ->
          throw Refusal.of(
              ErrorReason.TOO_MANY_PRODUCERS,
              "the group remembers at most "
                  + answer.producersMax()
                  + " producers; reuse producers instead of making one for each write",
              "limit",
              answer.producersMax());
      case TABLE_FULL ->
          throw Refusal.of(
              ErrorReason.TABLE_FULL,
              "the shard's table is full; shard="
                  + answer.failedShard()
                  + "; delete records, or add memory",
              "shard",
              answer.failedShard());
      case MOVED ->
          throw Refusal.of(
              ErrorReason.SHARD_MOVED,
              "the shard is another group's; shard="
                  + answer.failedShard()
                  + "; nothing was done, and nothing will be under this sequence: fetch the map, and"
                  + " number the transaction for the group that it names",
              "shard",
              answer.failedShard(),
              "group",
              replica.group().value());
      case LATER -> throw CallErrors.shardMoves(replica.group(), answer.failedShard());
      case OUT_OF_TURN, COPY_DIFFERS ->
          throw new IllegalStateException(
              "expected an answer to a transaction; outcome=" + answer.outcome());
    }
    return response.build();
  }
}
