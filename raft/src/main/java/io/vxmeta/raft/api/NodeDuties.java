package io.vxmeta.raft.api;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.NodeDuty;
import io.vxmeta.client.v1.SetNodeDutyRequest;
import io.vxmeta.client.v1.SetNodeDutyResponse;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.RootWriter.MapAt;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.concurrent.CompletableFuture;

/// Marks nodes in the shard map as draining, and takes the marks off.
final class NodeDuties {
  /* Threads: any. A change is one transaction of the root group that compares the map it follows, so of two at once one repeats.
   * Not guarded by DiskGuard: the map replaces itself, and a node with a full disk is one to drain.
   */

  /// Changes that lost a race are repeated this often; each loss means that another one won.
  private static final int ATTEMPTS_MAX = 16;

  private final ReadGate gate;
  private final RootWriter rootWriter;
  private final CallErrors errors;

  NodeDuties(ReadGate gate, RootWriter rootWriter, CallErrors errors) {
    this.gate = gate;
    this.rootWriter = rootWriter;
    this.errors = errors;
  }

  /// To be called on the root group's leader.
  CompletableFuture<SetNodeDutyResponse> set(SetNodeDutyRequest request, long deadlineNanos) {
    return set(request.getNode(), duty(request.getDuty()), ATTEMPTS_MAX, deadlineNanos);
  }

  private static Node.Duty duty(NodeDuty asked) {
    return switch (asked) {
      case NODE_DUTY_SERVING -> Node.Duty.SERVING;
      case NODE_DUTY_DRAINING -> Node.Duty.DRAINING;
      case NODE_DUTY_UNSPECIFIED, UNRECOGNIZED ->
          throw Refusal.invalid("duty", "serving or draining", asked);
    };
  }

  private CompletableFuture<SetNodeDutyResponse> set(
      String name, Node.Duty duty, int attemptsLeft, long deadlineNanos) {
    return gate.open(ShardGroupId.ROOT, new ReadContract.Linearizable(), deadlineNanos)
        .exceptionallyCompose(problem ->
            CompletableFuture.failedFuture(errors.translated(problem, ShardGroupId.ROOT)))
        .thenCompose(opened -> {
          MapAt current = RootWriter.mapIn(opened.state());
          Node node = node(current.map(), name);
          if (node.duty() == duty) {
            return CompletableFuture.completedFuture(response(current.map(), false));
          }
          ShardMap next = current.map().with(node.id(), duty);
          requireLeadersFor(next, node.id());
          return rootWriter
              .writeMap(current, next)
              .thenCompose(end ->
                  switch (written(end)) {
                    case NEW -> CompletableFuture.completedFuture(response(next, true));
                    case CONFLICT -> again(name, duty, attemptsLeft, deadlineNanos);
                  });
        });
  }

  private static Node node(ShardMap map, String name) {
    return map.nodes().stream()
        .filter(node -> node.id().value().equals(name))
        .findFirst()
        .orElseThrow(() ->
            Refusal.invalid(
                "node",
                "a node of this cluster, one of " + map.nodes().stream().map(Node::id).toList(),
                name));
  }

  /// Groups must have somewhere to go.
  private static void requireLeadersFor(ShardMap next, NodeId node) {
    for (ShardGroup group : next.groups()) {
      if (next.servingVoters(group.id()).isEmpty()) {
        throw Refusal.of(
            ErrorReason.NODE_NEEDED,
            "no other voter of the group serves; node="
                + node
                + " group="
                + group.id()
                + " voters="
                + group.voters()
                + "; have one of them serve first: vxctl node undrain NODE",
            "node",
            node,
            "group",
            group.id());
      }
    }
  }

  private RootWriter.Written written(WriteEnd end) {
    return switch (end) {
      case WriteEnd.Refused refused -> throw errors.refusal(refused.refusal(), ShardGroupId.ROOT);
      case WriteEnd.Unknown unknown -> throw errors.unknown(ShardGroupId.ROOT, unknown.message());
      case WriteEnd.Answered answered -> RootWriter.written(answered.answer());
    };
  }

  private CompletableFuture<SetNodeDutyResponse> again(
      String name, Node.Duty duty, int attemptsLeft, long deadlineNanos) {
    if (attemptsLeft == 0) {
      throw Refusal.of(
          ErrorReason.NOT_READY,
          "the shard map is being changed too often; retry",
          "group",
          0,
          "reason",
          "conflict");
    }
    return set(name, duty, attemptsLeft - 1, deadlineNanos);
  }

  private static SetNodeDutyResponse response(ShardMap map, boolean changed) {
    return SetNodeDutyResponse.newBuilder()
        .setMapEpoch(map.epoch().value())
        .setChanged(changed)
        .build();
  }
}
