package io.vxmeta.client.cli;

import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.PlacedLead;
import io.vxmeta.client.ClusterAdmin.Placing;
import io.vxmeta.client.cli.ClusterReport.Member;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/// Waits for a draining node to lead nothing, and says what keeps it from that.
final class NodeDrain {

  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private final ClusterAdmin admin;
  private final NodeId node;

  NodeDrain(ClusterAdmin admin, NodeId node) {
    this.admin = admin;
    this.node = node;
  }

  /// What the node leads, and groups of it that nobody seems to lead: it may turn out to be the
  /// node.
  record Look(List<ShardGroupId> leads, List<ShardGroupId> leaderless) {
    Look {
      leads = List.copyOf(leads);
      leaderless = List.copyOf(leaderless);
    }

    boolean isDrained() {
      return leads.isEmpty() && leaderless.isEmpty();
    }
  }

  Look look() {
    ShardMap map = admin.shardMap();
    ClusterReport report = new ClusterReport(admin.statusOfAll(), Optional.of(map));
    Map<ShardGroupId, List<Member>> members = report.members();
    return new Look(
        NodeView.ledBy(node, map, report),
        map.groups().stream()
            .filter(group -> group.isOn(node))
            .map(ShardGroup::id)
            .filter(group -> ClusterReport.leader(members.getOrDefault(group, List.of())).isEmpty())
            .toList());
  }

  void await(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    for (Look look = look(); !look.isDrained(); look = look()) {
      if (System.nanoTime() - deadline > 0) {
        throw new CommandFailed(ExitCode.UNAVAILABLE, left(look, timeout));
      }
      LockSupport.parkNanos(LOOK_EVERY.toNanos());
    }
  }

  private String left(Look look, Duration timeout) {
    String why =
        look.leads().stream()
            .map(group -> "; group " + group + ": " + whyItStays(group))
            .collect(Collectors.joining());
    return "the node is marked as draining and still leads: node="
        + node
        + " groups="
        + look.leads()
        + " leaderless="
        + look.leaderless()
        + " waited_ms="
        + timeout.toMillis()
        + why
        + "; wait longer with --timeout, or take the mark off: vxctl node undrain "
        + node;
  }

  private String whyItStays(ShardGroupId group) {
    try {
      PlacedLead placed = admin.placeLeader(group, Placing.DRY_RUN);
      return placed.reason().isEmpty() ? "it is about to move" : placed.reason();
    } catch (CallFailed failed) {
      return Vxctl.withReason(failed);
    }
  }
}
