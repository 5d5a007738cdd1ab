package io.vxmeta.client.balancer;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Chooses the node for a call: a pure function of the shard map, the call, and how the nodes
/// stand.
record NodePick(ShardMap map, String zone) {

  /// What is known of a call: its header's shard, whom it wants, and who is believed to lead the
  /// shard's group.
  record Wanted(Optional<ShardId> shard, ReplicaChoice choice, Optional<NodeId> leader) {}

  /// How a node stands.
  interface Standing {
    int NOT_READY = -1;

    /// Calls under way to it, or [#NOT_READY].
    int callsUnderWay(NodeId node);
  }

  /// `draw` decides between equals. Empty: nobody who could be asked is ready.
  Optional<NodeId> pick(Wanted wanted, Standing standing, int draw) {
    List<NodeId> ready =
        mayServe(wanted).stream()
            .filter(node -> standing.callsUnderWay(node) != Standing.NOT_READY)
            .toList();
    if (wanted.shard().isEmpty()) {
      return lessLoaded(ready, standing, draw);
    }
    return switch (wanted.choice()) {
      case LEADER -> ready.stream().findFirst();
      case NEAREST -> nearest(ready, standing, draw);
    };
  }

  /// Whoever may serve the call at all. For the leader: the believed one, then the voters behind
  /// it; one that does not lead does no harm, it says who does.
  List<NodeId> mayServe(Wanted wanted) {
    if (wanted.shard().isEmpty()) {
      return map.nodes().stream().map(node -> node.id()).toList();
    }
    ShardGroup group = map.group(map.groupOf(wanted.shard().get()));
    return switch (wanted.choice()) {
      case LEADER -> from(group.voters(), wanted.leader());
      case NEAREST -> group.replicas().stream().map(replica -> replica.node()).toList();
    };
  }

  /// All in their order, which goes round, beginning with this one.
  private static List<NodeId> from(List<NodeId> voters, Optional<NodeId> first) {
    int start = Math.max(0, first.map(voters::indexOf).orElse(0));
    List<NodeId> turned = new ArrayList<>(voters.subList(start, voters.size()));
    turned.addAll(voters.subList(0, start));
    return turned;
  }

  private Optional<NodeId> nearest(List<NodeId> ready, Standing standing, int draw) {
    List<NodeId> near = ready.stream().filter(node -> map.node(node).zone().equals(zone)).toList();
    return lessLoaded(near.isEmpty() ? ready : near, standing, draw);
  }

  /// Of two different ones drawn, the one with fewer calls under way: nearly as even as the least
  /// of all, and callers that look at the same moment do not all go to the same node.
  private static Optional<NodeId> lessLoaded(List<NodeId> equals, Standing standing, int draw) {
    int count = equals.size();
    if (count < 2) {
      return equals.stream().findFirst();
    }
    int number = draw & Integer.MAX_VALUE;
    int one = number % count;
    int other = (one + 1 + number / count % (count - 1)) % count;
    boolean otherIsLess =
        standing.callsUnderWay(equals.get(other)) < standing.callsUnderWay(equals.get(one));
    return Optional.of(equals.get(otherIsLess ? other : one));
  }
}
