package io.vxmeta.raft.read;

import io.vxmeta.raft.move.ShardGroups;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.statemachine.CopyStep;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import java.util.concurrent.CompletableFuture;

/// Of nodes in whose world no shard moves.
public final class NoShardMoves implements ShardGroups {
  @Override
  public CompletableFuture<Said> standing(ShardGroupId group, ShardId shard) {
    throw new UnsupportedOperationException("expected no question for a shard");
  }

  @Override
  public CompletableFuture<Said> propose(ShardGroupId group, EncodedTransaction entry) {
    throw new UnsupportedOperationException("expected no entry of a move");
  }

  @Override
  public CompletableFuture<CopyStep> copy(NodeId node, CopyAsk ask) {
    throw new UnsupportedOperationException("expected no copy of a shard");
  }
}
