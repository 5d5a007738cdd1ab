package io.vxmeta.raft.move;

import io.vxmeta.shardmap.NodeId;
import java.util.Set;

/// Who has a vote in a group.
///
/// @param nodes empty: nobody can tell
/// @param index of the log entry that made them the voters
/// @param cluster of the root group: the nodes of the shard map then; else empty
public record Voters(Set<NodeId> nodes, long index, Set<NodeId> cluster) {
  public static final Voters UNKNOWN = new Voters(Set.of(), 0);

  public Voters {
    nodes = Set.copyOf(nodes);
    cluster = Set.copyOf(cluster);
  }

  public Voters(Set<NodeId> nodes, long index) {
    this(nodes, index, Set.of());
  }

  /// Whether a node that once was in the cluster is in it no more.
  public boolean haveParted(NodeId node) {
    return isKnown() && !cluster.isEmpty() && !cluster.contains(node) && !nodes.contains(node);
  }

  public boolean isKnown() {
    return !nodes.isEmpty();
  }
}
