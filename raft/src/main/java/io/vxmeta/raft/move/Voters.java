package io.vxmeta.raft.move;

import io.vxmeta.shardmap.NodeId;
import java.util.Set;

/// Who has a vote in a group.
///
/// @param nodes empty: nobody can tell
/// @param index of the log entry that made them the voters
public record Voters(Set<NodeId> nodes, long index) {
  public static final Voters UNKNOWN = new Voters(Set.of(), 0);

  public Voters {
    nodes = Set.copyOf(nodes);
  }

  public boolean isKnown() {
    return !nodes.isEmpty();
  }
}
