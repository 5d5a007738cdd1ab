package io.vxmeta.raft.place;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Asks other nodes whether they would lead.
@FunctionalInterface
public interface LeadOffers {
  /// Empty: it would. Else why not; a node that does not answer would not.
  ///
  /// @param commitIndex of the leader that asks
  CompletableFuture<Optional<String>> offer(NodeId to, ShardGroupId group, long commitIndex);
}
