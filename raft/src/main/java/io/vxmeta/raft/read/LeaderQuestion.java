package io.vxmeta.raft.read;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.concurrent.CompletableFuture;

/// Asks another node for a confirmed index of a group it leads. Fails with [ReadRefused].
@FunctionalInterface
public interface LeaderQuestion {
  CompletableFuture<Long> readIndex(NodeId leader, ShardGroupId group);
}
