package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.NodeId;
import java.util.List;

/// How far a leader's log is on its own disk and, as far as it knows, on the others'.
///
/// @param flushed last entry that this node's disk holds
/// @param followers the other voters
public record Replication(long flushed, List<Follower> followers) {
  private static final long NONE = -1;

  /// @param matched last entry known to be on its disk
  /// @param silentMs since its last answer
  public record Follower(NodeId node, long matched, long silentMs) {}

  public Replication {
    followers = List.copyOf(followers);
  }

  /// Last entry that makes a majority without this node; -1 if none can.
  public long heldWithoutThisNode() {
    return heldBy(majority());
  }

  /// Last entry that makes a majority together with this node.
  public long heldIfThisNodeDoes() {
    return heldBy(majority() - 1);
  }

  private int majority() {
    return (followers.size() + 1) / 2 + 1;
  }

  private long heldBy(int count) {
    if (count == 0) {
      return Long.MAX_VALUE;
    }
    if (count > followers.size()) {
      return NONE;
    }
    long[] matched = followers.stream().mapToLong(Follower::matched).sorted().toArray();
    return matched[matched.length - count];
  }
}
