package io.vxmeta.raft.api;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.RootWriter.MapAt;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.GroupState;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// Changes the root group by what it holds, and again if another change came between.
final class RootChange {
  /* Threads: any. A change is one transaction that compares what it was decided on, so of two at once one decides again. */

  /// Changes that lost a race are repeated this often; each loss means that another one won.
  private static final int ATTEMPTS_MAX = 16;

  private final ReadGate gate;
  private final CallErrors errors;

  RootChange(ReadGate gate, CallErrors errors) {
    this.gate = gate;
    this.errors = errors;
  }

  /// Decides by what the root group holds, or refuses.
  @FunctionalInterface
  interface Decision<T> {
    Change<T> on(MapAt map, GroupState root);
  }

  /// What to answer, once it is written if anything is to be.
  record Change<T>(T answer, Optional<Supplier<CompletableFuture<WriteEnd>>> write) {
    static <T> Change<T> none(T answer) {
      return new Change<>(answer, Optional.empty());
    }

    static <T> Change<T> by(T answer, Supplier<CompletableFuture<WriteEnd>> write) {
      return new Change<>(answer, Optional.of(write));
    }
  }

  /// To be called on the root group's leader.
  <T> CompletableFuture<T> make(Decision<T> decision, long deadlineNanos) {
    return make(decision, ATTEMPTS_MAX, deadlineNanos);
  }

  private <T> CompletableFuture<T> make(
      Decision<T> decision, int attemptsLeft, long deadlineNanos) {
    return gate.open(ShardGroupId.ROOT, new ReadContract.Linearizable(), deadlineNanos)
        .exceptionallyCompose(problem ->
            CompletableFuture.failedFuture(errors.translated(problem, ShardGroupId.ROOT)))
        .thenCompose(opened -> {
          Change<T> change = decision.on(RootWriter.mapIn(opened.state()), opened.state());
          if (change.write().isEmpty()) {
            return CompletableFuture.completedFuture(change.answer());
          }
          return change
              .write()
              .get()
              .get()
              .thenCompose(end ->
                  switch (written(end)) {
                    case NEW -> CompletableFuture.completedFuture(change.answer());
                    case CONFLICT -> again(decision, attemptsLeft, deadlineNanos);
                  });
        });
  }

  private RootWriter.Written written(WriteEnd end) {
    return switch (end) {
      case WriteEnd.Refused refused -> throw errors.refusal(refused.refusal(), ShardGroupId.ROOT);
      case WriteEnd.Unknown unknown -> throw errors.unknown(ShardGroupId.ROOT, unknown.message());
      case WriteEnd.Answered answered -> RootWriter.written(answered.answer());
    };
  }

  private <T> CompletableFuture<T> again(
      Decision<T> decision, int attemptsLeft, long deadlineNanos) {
    if (attemptsLeft == 0) {
      throw Refusal.of(
          ErrorReason.NOT_READY,
          "the shard map is being changed too often; retry",
          "group",
          0,
          "reason",
          "conflict");
    }
    return make(decision, attemptsLeft - 1, deadlineNanos);
  }

  /// The node of a map that a call names.
  static Node node(ShardMap map, String field, String name) {
    return map.nodes().stream()
        .filter(node -> node.id().value().equals(name))
        .findFirst()
        .orElseThrow(() ->
            Refusal.invalid(
                field,
                "a node of this cluster, one of " + map.nodes().stream().map(Node::id).toList(),
                name));
  }

  static Refusal nodeNeeded(String message, NodeId node, ShardGroupId group) {
    return Refusal.of(ErrorReason.NODE_NEEDED, message, "node", node, "group", group.value());
  }
}
