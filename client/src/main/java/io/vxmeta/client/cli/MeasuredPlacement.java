package io.vxmeta.client.cli;

import io.vxmeta.client.ClusterAdmin.Answering;
import io.vxmeta.client.ClusterAdmin.NodeStatus;
import io.vxmeta.client.ClusterAdmin.ReplicaStatus;
import io.vxmeta.client.cli.ClusterReport.Member;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.plan.GroupFacts;
import io.vxmeta.shardmap.plan.NodeFacts;
import io.vxmeta.shardmap.plan.NodeFacts.Standing;
import io.vxmeta.shardmap.plan.PlacementFacts;
import java.util.List;
import java.util.Optional;

/// A cluster as a planner sees it, from what its nodes say of themselves.
final class MeasuredPlacement {
  /* Who does not answer, drains or has not joined keeps what it has and gets nothing: a plan must not take a restart for a loss.
   * Load is not measured: the nodes' counts of operations are in their metrics. */

  private MeasuredPlacement() {}

  static PlacementFacts of(ShardMap map, ClusterReport report) {
    return PlacementFacts.of(
        map,
        map.dataGroups().stream().mapToInt(group -> group.voters().size()).max().orElse(1),
        node -> NodeFacts.of(node, capacity(node, report), standing(map, node, report)),
        group -> facts(group, report.members().getOrDefault(group.id(), List.of())));
  }

  private static GroupFacts facts(ShardGroup group, List<Member> members) {
    Optional<Member> leader = ClusterReport.leader(members);
    long bytes =
        members.stream().map(Member::status).mapToLong(ReplicaStatus::tableBytes).max().orElse(0);
    return GroupFacts.of(
        group,
        leader.map(member -> new NodeId(member.node())),
        Math.min(bytes, GroupFacts.BYTES_MAX),
        0);
  }

  private static Optional<NodeStatus> status(Node node, ClusterReport report) {
    return report.answering().stream()
        .filter(each -> each.node().equals(node.id().value()))
        .map(Answering::status)
        .findFirst();
  }

  /// What it may lock; as much as can be where it does not say.
  private static long capacity(Node node, ClusterReport report) {
    return status(node, report)
        .map(NodeStatus::lockCapBytes)
        .filter(bytes -> bytes > 0)
        .map(bytes -> Math.min(bytes, NodeFacts.CAPACITY_BYTES_MAX))
        .orElse(NodeFacts.CAPACITY_BYTES_MAX);
  }

  private static Standing standing(ShardMap map, Node node, ClusterReport report) {
    if (node.leaves()) {
      return Standing.DRAINING;
    }
    boolean takes =
        node.duty() == Node.Duty.SERVING
            && map.group(ShardGroupId.ROOT).isOn(node.id())
            && status(node, report).isPresent();
    return takes ? Standing.SERVING : Standing.JOINING;
  }
}
