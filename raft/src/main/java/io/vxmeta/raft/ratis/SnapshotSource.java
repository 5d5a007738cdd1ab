package io.vxmeta.raft.ratis;

import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.Optional;
import java.util.concurrent.Executor;

/// Fetches a snapshot of the leader's into this node's snapshot directory, durable when it returns.
public interface SnapshotSource {
  /// Threads to fetch a group's snapshot on, which takes long. After a fetch in vain they wait a
  /// while: a leader that is told "none" asks again at once.
  Executor threads(ShardGroupId group);

  /// Nothing if that node has no such snapshot, the disk has no room for it, another fetch of the
  /// group is under way, or the transfer broke.
  ///
  /// @param atLeastIndex what it must cover
  Optional<SnapshotPoint> fetch(ShardGroupId group, String leaderNode, long atLeastIndex);
}
