package io.vxmeta.raft;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.ShardGroupId;

/// Told of this node's groups as they come and go, by one thread at a time.
interface GroupWatch {
  void onOpened(Replica replica);

  /// BEFORE the replica ends. Also told of one that it was not told of before, when the opening
  /// failed.
  void onClosing(ShardGroupId group);
}
