package io.vxmeta.shardmap.plan;

/// Why a replica moves, the most urgent first: the order of a plan.
enum Cause {
  /// A voter's node does not come back.
  GONE,
  /// The group has fewer voters than its replication.
  MISSING,
  /// A node shall be emptied.
  DRAINING,
  /// More voters than the replication.
  SURPLUS,
  /// Replicas share a zone that need not.
  ZONES,
  /// Nodes are too far from their shares.
  BALANCE
}
