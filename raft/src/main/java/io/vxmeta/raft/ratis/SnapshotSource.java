package io.vxmeta.raft.ratis;

import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.Optional;

/// Fetches a snapshot of the leader's into this node's snapshot directory, durable when it returns.
@FunctionalInterface
public interface SnapshotSource {
  /// Nothing if that node has no such snapshot, or the transfer broke.
  ///
  /// @param atLeastIndex what it must cover
  Optional<SnapshotPoint> fetch(ShardGroupId group, String leaderNode, long atLeastIndex);
}
