package io.vxmeta.raft.ratis;

import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.Optional;

/// Fetches the leader's newest snapshot into this node's snapshot directory, durable when it
/// returns.
@FunctionalInterface
public interface SnapshotSource {
  Optional<SnapshotPoint> fetch(ShardGroupId group, String leaderNode);
}
