package io.vxmeta.client.cli;

import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.Answering;
import io.vxmeta.client.ClusterAdmin.NodeReport;
import io.vxmeta.client.ClusterAdmin.NodeStatus;
import io.vxmeta.client.ClusterAdmin.NotReady;
import io.vxmeta.client.ClusterAdmin.Silent;
import io.vxmeta.client.cli.ClusterReport.Member;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One node as the shard map, the node itself and the others show it.
///
/// @param leads groups it leads, as far as anybody who answers says so
/// @param replicas groups it holds a replica of, by the map
/// @param trouble why it does not answer, or is not ready
record NodeView(
    Node node,
    State state,
    List<ShardGroupId> leads,
    List<ShardGroupId> replicas,
    Optional<NodeStatus> status,
    Optional<String> trouble) {

  /// How a node is doing; of several that hold, the last.
  enum State {
    READY("ready"),
    DRAINING("draining"),
    LEAVING("leaving"),
    NOT_READY("not-ready"),
    UNREACHABLE("unreachable"),
    /// Announced, and has not come yet.
    JOINING("joining");

    private final String word;

    State(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  NodeView {
    leads = List.copyOf(leads);
    replicas = List.copyOf(replicas);
  }

  /// Every node of the map, by name, as it is now.
  static List<NodeView> all(ClusterAdmin admin, ShardMap map) {
    ClusterReport report = new ClusterReport(admin.statusOfAll(), Optional.of(map));
    return map.nodes().stream().map(node -> of(node, map, report)).toList();
  }

  private static NodeView of(Node node, ShardMap map, ClusterReport report) {
    Optional<NodeReport> own =
        report.nodes().stream().filter(each -> each.node().equals(node.id().value())).findFirst();
    Optional<NodeStatus> status =
        own.filter(Answering.class::isInstance).map(each -> ((Answering) each).status());
    Optional<String> trouble = own.flatMap(NodeView::trouble);
    return new NodeView(
        node,
        state(node, status, trouble),
        ledBy(node.id(), map, report),
        map.groups().stream().filter(group -> group.isOn(node.id())).map(ShardGroup::id).toList(),
        status,
        trouble);
  }

  private static Optional<String> trouble(NodeReport report) {
    if (report instanceof Silent silent) {
      return Optional.of(silent.why());
    }
    return ((Answering) report).status().readiness() instanceof NotReady notReady
        ? Optional.of(notReady.reason())
        : Optional.empty();
  }

  private static State state(Node node, Optional<NodeStatus> status, Optional<String> trouble) {
    if (node.duty() == Node.Duty.JOINING) {
      return State.JOINING;
    }
    if (status.isEmpty()) {
      return State.UNREACHABLE;
    }
    if (trouble.isPresent()) {
      return State.NOT_READY;
    }
    return switch (node.duty()) {
      case SERVING -> State.READY;
      case DRAINING -> State.DRAINING;
      case JOINING -> State.JOINING;
      case LEAVING -> State.LEAVING;
    };
  }

  static List<ShardGroupId> ledBy(NodeId node, ShardMap map, ClusterReport report) {
    Map<ShardGroupId, List<Member>> members = report.members();
    return map.groups().stream()
        .map(ShardGroup::id)
        .filter(group ->
            ClusterReport.leader(members.getOrDefault(group, List.of()))
                .filter(leader -> leader.node().equals(node.value()))
                .isPresent())
        .toList();
  }
}
