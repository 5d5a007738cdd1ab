package io.vxmeta.shardmap;

/// One node's membership of a shard group.
public record Replica(NodeId node, Role role) {

  /// What the membership counts for, whoever leads at the moment.
  public enum Role {
    /// Counts in every quorum and may lead.
    VOTER,
    /// Replicates and may serve reads, counts in no quorum.
    LISTENER
  }

  public boolean isVoter() {
    return role == Role.VOTER;
  }
}
