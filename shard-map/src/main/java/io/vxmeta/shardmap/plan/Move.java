package io.vxmeta.shardmap.plan;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;

/// One change of a group's membership or lead, with its reason in words for an operator.
public sealed interface Move {
  ShardGroupId group();

  String reason();

  /// The leader hands the group to another voter.
  record TransferLeader(ShardGroupId group, NodeId from, NodeId to, String reason)
      implements Move {}

  /// The node becomes a voter: a listener at first, if it is not one already, and promoted when it
  /// has caught up. The move ends with the promotion.
  record AddReplica(ShardGroupId group, NodeId node, String reason) implements Move {}

  /// The node's replica, voter or listener, leaves the group; it is never the leader's.
  record RemoveReplica(ShardGroupId group, NodeId node, String reason) implements Move {}
}
