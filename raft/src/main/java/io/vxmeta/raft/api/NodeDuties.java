package io.vxmeta.raft.api;

import io.vxmeta.client.v1.NodeDuty;
import io.vxmeta.client.v1.SetNodeDutyRequest;
import io.vxmeta.client.v1.SetNodeDutyResponse;
import io.vxmeta.raft.api.RootChange.Change;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.RootWriter.MoveAt;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Marks nodes in the shard map as draining, and takes the marks off; also that of leaving.
final class NodeDuties {
  /* Threads: any.
   * Not guarded by DiskGuard: the map replaces itself, and a node with a full disk is one to drain.
   */
  private final RootChange changes;
  private final RootWriter rootWriter;

  NodeDuties(RootChange changes, RootWriter rootWriter) {
    this.changes = changes;
    this.rootWriter = rootWriter;
  }

  /// To be called on the root group's leader.
  CompletableFuture<SetNodeDutyResponse> set(SetNodeDutyRequest request, long deadlineNanos) {
    Node.Duty duty = duty(request.getDuty());
    return changes.make(
        (current, root) -> {
          Node node = RootChange.node(current.map(), "node", request.getNode());
          if (node.duty() == duty) {
            return Change.none(response(current.map(), false));
          }
          requireMember(current.map(), node.id());
          if (node.leaves() && duty == Node.Duty.DRAINING) {
            throw Refusal.invalid(
                "duty",
                "serving, which has the node stay: it leaves, and leads nothing meanwhile",
                request.getDuty());
          }
          ShardMap next = current.map().with(node.id(), duty);
          requireLeadersFor(next, node.id());
          // Whether there is a way back the voters say; if there is none the node leaves all the
          // same.
          Optional<MoveAt> leaves =
              RootWriter.moveIn(root, ShardGroupId.ROOT)
                  .filter(order -> order.move().from().filter(node.id()::equals).isPresent());
          return Change.by(
              response(next, true),
              () ->
                  leaves.isPresent()
                      ? rootWriter.stay(current, next, leaves.get())
                      : rootWriter.writeMap(current, next));
        },
        deadlineNanos);
  }

  private static Node.Duty duty(NodeDuty asked) {
    return switch (asked) {
      case NODE_DUTY_SERVING -> Node.Duty.SERVING;
      case NODE_DUTY_DRAINING -> Node.Duty.DRAINING;
      case NODE_DUTY_JOINING, NODE_DUTY_LEAVING, NODE_DUTY_UNSPECIFIED, UNRECOGNIZED ->
          throw Refusal.invalid("duty", "serving or draining", asked);
    };
  }

  private static void requireMember(ShardMap map, NodeId node) {
    if (!map.group(ShardGroupId.ROOT).isOn(node)) {
      throw Refusal.invalid("node", "a node that has joined (vxctl node list)", node);
    }
  }

  /// Groups must have somewhere to go.
  private static void requireLeadersFor(ShardMap next, NodeId node) {
    for (ShardGroup group : next.groups()) {
      if (next.servingVoters(group.id()).isEmpty()) {
        throw RootChange.nodeNeeded(
            "no other voter of the group serves; node="
                + node
                + " group="
                + group.id()
                + " voters="
                + group.voters()
                + "; have one of them serve first: vxctl node undrain NODE",
            node,
            group.id());
      }
    }
  }

  private static SetNodeDutyResponse response(ShardMap map, boolean changed) {
    return SetNodeDutyResponse.newBuilder()
        .setMapEpoch(map.epoch().value())
        .setChanged(changed)
        .build();
  }
}
