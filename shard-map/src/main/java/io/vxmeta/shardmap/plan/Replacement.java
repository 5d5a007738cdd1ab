package io.vxmeta.shardmap.plan;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/// A plan's step as it is ordered: one replica comes, another one goes.
///
/// @param reason in words for an operator
public record Replacement(ReplicaMove move, String reason) {

  /// Those of a plan, in its order. An addition or a removal that stands alone is none, because a
  /// group keeps its number of replicas; leads go where the map prefers them, whatever a plan says
  /// of them.
  public static List<Replacement> of(PlacementPlan plan) {
    Map<ShardGroupId, Queue<Move.AddReplica>> added = new HashMap<>();
    List<Replacement> found = new ArrayList<>();
    for (Move move : plan.moves()) {
      if (move instanceof Move.AddReplica add) {
        added.computeIfAbsent(add.group(), group -> new ArrayDeque<>()).add(add);
      } else if (move instanceof Move.RemoveReplica remove) {
        Move.AddReplica add = added.getOrDefault(remove.group(), new ArrayDeque<>()).poll();
        if (add != null) {
          found.add(new Replacement(between(remove, add.node()), add.reason()));
        }
      }
    }
    return found;
  }

  private static ReplicaMove between(Move.RemoveReplica remove, NodeId newcomer) {
    return ReplicaMove.between(remove.group(), remove.node(), newcomer);
  }
}
