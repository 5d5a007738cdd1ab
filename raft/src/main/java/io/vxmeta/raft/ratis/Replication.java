package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.NodeId;
import java.util.List;

/// How far a leader's log is on its own disk and, as far as it knows, on the others'.
///
/// @param last entry of this node's log, on disk or not
/// @param flushed last entry that this node's disk holds
/// @param followers the other voters
public record Replication(long last, long flushed, List<Follower> followers) {
  private static final long NONE = -1;

  /// What a leader knows of another voter's log.
  ///
  /// @param matched last entry known to be on its disk
  /// @param silentMs since its last answer
  public record Follower(NodeId node, long matched, long silentMs) {}

  public Replication {
    followers = List.copyOf(followers);
  }

  /// Last entry that makes a majority without this node; -1 if none can.
  public long heldWithoutThisNode() {
    int majority = (followers.size() + 1) / 2 + 1;
    if (majority > followers.size()) {
      return NONE;
    }
    long[] matched = followers.stream().mapToLong(Follower::matched).sorted().toArray();
    return matched[matched.length - majority];
  }
}
