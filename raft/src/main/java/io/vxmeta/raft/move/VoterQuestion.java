package io.vxmeta.raft.move;

import io.vxmeta.shardmap.ShardGroupId;
import java.util.concurrent.CompletableFuture;

/// Asks who has a vote in a group.
@FunctionalInterface
public interface VoterQuestion {
  /// As the group's leader says, after a majority confirmed it; of a committed configuration that
  /// nobody was changing. `UNKNOWN` if nobody can tell now.
  CompletableFuture<Voters> voters(ShardGroupId group);
}
