package io.vxmeta.raft.move;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.statemachine.CopyStep;
import io.vxmeta.statemachine.Outcome;
import io.vxmeta.statemachine.ShardStanding;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Speaks with groups about their shards, wherever the replicas are.
public interface ShardGroups {

  /// What a group's leader said.
  ///
  /// @param outcome of an entry; APPLIED of a question as well
  /// @param revision of the group then, or later
  record Said(NodeId by, ShardStanding standing, Outcome outcome, long revision) {}

  /// Which piece of a shard's copy is asked of one node's replica.
  ///
  /// @param copy names the copy, so that two who make one never go on with each other's
  /// @param ask counts the steps asked for from 1; the last one may be asked again
  record CopyAsk(ShardGroupId group, ShardId shard, long attempt, String copy, long ask) {}

  /// What a group knows of a shard, after a majority confirmed its leader. Fails with [NotLeading].
  CompletableFuture<Said> standing(ShardGroupId group, ShardId shard);

  /// Proposes an entry of a move; ends when it is applied, or fails, and then it may still be.
  CompletableFuture<Said> propose(ShardGroupId group, EncodedTransaction entry);

  /// The next step of a copy that this node's replica makes; begins it with the first.
  CompletableFuture<CopyStep> copy(NodeId node, CopyAsk ask);

  /// The node that was asked does not lead the group, or not yet.
  final class NotLeading extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Optional<NodeId> leader;

    public NotLeading(ShardGroupId group, Optional<NodeId> leader) {
      super(
          "the node asked does not lead the group: group="
              + group
              + leader.map(node -> " leader=" + node).orElse(""),
          null,
          false,
          false);
      this.leader = leader;
    }

    public Optional<NodeId> leader() {
      return leader;
    }
  }
}
