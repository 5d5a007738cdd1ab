package io.vxmeta.client;

/// What a node is to a shard group at a moment.
public enum ReplicaRole {
  LEADER,
  FOLLOWER,
  /// Replicates and may serve reads, counts in no quorum.
  LISTENER,
  /// Between roles: an election is running.
  CANDIDATE,
  /// The server did not say, or said something this client does not know.
  UNKNOWN
}
