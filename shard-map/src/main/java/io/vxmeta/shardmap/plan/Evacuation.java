package io.vxmeta.shardmap.plan;

import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.plan.NodeFacts.Standing;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Where the data groups' replicas of nodes that leave are to go: pure functions of the shard map
/// and of the moves that are under way.
public final class Evacuation {
  /* The planner finds the places, as if what is under way had happened, and every replica weighed the same. Of its plan only the
   * replacements of who leaves are taken.
   * A successor gets what it can have: first each node that leaves to one is planned as if nobody else took anything. While the
   * successor is silent that waits for it, as if it had gone there, since a moment's silence would give for good to others what was promised; who can not
   * wait takes the order back, or has the successor leave as well, and then others take what it would have had. */

  /// Nobody knows better without measuring.
  private static final long BYTES_EACH = 1;

  private Evacuation() {}

  /// Moves to order, those of groups of which one is under way left out; the same for the same map.
  ///
  /// @param answers which nodes run; others get nothing yet
  public static List<ReplicaMove> of(
      ShardMap map, Collection<ReplicaMove> underWay, Predicate<NodeId> answers) {
    ShardMap then = map;
    for (ReplicaMove move : underWay) {
      if (!move.group().isRoot() && move.will() == ReplicaMove.Will.GO) {
        then = then.after(move);
      }
    }
    Set<ShardGroupId> busy = new HashSet<>();
    underWay.forEach(move -> busy.add(move.group()));
    Map<ShardGroupId, ReplicaMove> moves = new LinkedHashMap<>();
    for (Node node : then.nodes()) {
      NodeId successor = node.successor().orElse(null);
      if (node.leaves() && successor != null) {
        for (ReplicaMove move : replacements(then, node.id()::equals, successor::equals)) {
          if (answers.test(successor)) {
            moves.putIfAbsent(move.group(), move);
          } else {
            then = then.after(move);
          }
        }
      }
    }
    Set<NodeId> leaving = new HashSet<>();
    then.nodes().stream().filter(Node::leaves).forEach(node -> leaving.add(node.id()));
    replacements(then, leaving::contains, answers)
        .forEach(move -> moves.putIfAbsent(move.group(), move));
    return moves.values().stream().filter(move -> !busy.contains(move.group())).toList();
  }

  /// @param leaves whose replicas are wanted elsewhere
  /// @param takes who may get some, of those that serve
  private static List<ReplicaMove> replacements(
      ShardMap map, Predicate<NodeId> leaves, Predicate<NodeId> takes) {
    PlacementFacts facts =
        PlacementFacts.of(
            map,
            map.dataGroups().stream().mapToInt(group -> group.voters().size()).max().orElse(1),
            node -> NodeFacts.of(node, NodeFacts.CAPACITY_BYTES_MAX, standing(map, node, takes)),
            group -> GroupFacts.of(group, Optional.empty(), BYTES_EACH, 0));
    PlacementPlan plan = new Planner(PlanLimits.DEFAULT).plan(facts);
    return Replacement.of(plan).stream()
        .map(Replacement::move)
        .filter(move -> move.from().filter(leaves).isPresent())
        .sorted(Comparator.comparing(ReplicaMove::group))
        .toList();
  }

  private static Standing standing(ShardMap map, Node node, Predicate<NodeId> takes) {
    if (node.leaves()) {
      return Standing.DRAINING;
    }
    ShardGroup root = map.group(ShardGroupId.ROOT);
    boolean serves =
        node.duty() == Node.Duty.SERVING && root.isOn(node.id()) && takes.test(node.id());
    return serves ? Standing.SERVING : Standing.JOINING;
  }
}
