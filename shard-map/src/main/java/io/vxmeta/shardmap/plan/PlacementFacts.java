package io.vxmeta.shardmap.plan;

import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// A cluster as a planner sees it: where everything is, and what was measured of it.
///
/// Nodes and groups are sorted here, so that facts which are equal make equal plans, whatever order
/// they came in.
public record PlacementFacts(int replication, List<NodeFacts> nodes, List<GroupFacts> groups) {

  public PlacementFacts {
    nodes = nodes.stream().sorted(Comparator.comparing(NodeFacts::id)).toList();
    groups = groups.stream().sorted(Comparator.comparing(GroupFacts::id)).toList();
    if (replication < 1 || replication > Placement.REPLICATION_MAX) {
      throw new IllegalArgumentException(
          "replication is 1.." + Placement.REPLICATION_MAX + ": replication=" + replication);
    }
    checkNames(nodes, groups);
  }

  private static void checkNames(List<NodeFacts> nodes, List<GroupFacts> groups) {
    Set<NodeId> known = new HashSet<>();
    for (NodeFacts node : nodes) {
      if (!known.add(node.id())) {
        throw malformed("a node is listed once", "node=" + node.id());
      }
    }
    Set<ShardGroupId> seen = new HashSet<>();
    for (GroupFacts group : groups) {
      if (!seen.add(group.id())) {
        throw malformed("a group is listed once", "group=" + group.id());
      }
      for (Replica replica : group.replicas()) {
        if (!known.contains(replica.node())) {
          throw malformed(
              "a replica is on a listed node; list nodes that are gone, too",
              "group=" + group.id() + " node=" + replica.node());
        }
      }
    }
  }

  private static IllegalArgumentException malformed(String expected, String facts) {
    return new IllegalArgumentException("malformed placement facts: " + expected + ": " + facts);
  }

  /// Nodes and data groups of a shard map, with what was measured of each. The root group is on
  /// every node of a first cluster and not for a planner to move.
  public static PlacementFacts of(
      ShardMap map,
      int replication,
      Function<Node, NodeFacts> measuredNode,
      Function<ShardGroup, GroupFacts> measuredGroup) {
    return new PlacementFacts(
        replication,
        map.nodes().stream().map(measuredNode).toList(),
        map.dataGroups().stream().map(measuredGroup).toList());
  }
}
