package io.vxmeta.shardmap;

import java.util.Set;

/// An order to move a group's replica from one node to another, and which step of it is due.
///
/// @param to gets a replica
/// @param from gives its own up
public record ReplicaMove(ShardGroupId group, NodeId from, NodeId to, Will will) {
  /* Invariants: a step changes one voter, so that the majorities of two neighbouring configurations share one
   *   (docs/membership.md). Which step is due follows from the voters that the group's log names and from nothing else, so
   *   whoever leads goes on where another one stopped.
   * A move that was called off takes the newcomer out again; once the other replica is gone there is no way back, and it ends as
   *   if it had not been called off. */

  /// Whether the order still stands.
  public enum Will {
    GO,
    CALLED_OFF
  }

  /// What is to be done next.
  public enum Step {
    /// The newcomer gets a vote when it has the log.
    ADD,
    /// The replica that is to be removed leads, and must give that up first.
    HAND_OVER,
    /// A replica loses its vote: [ReplicaMove#leaves].
    REMOVE,
    /// The shard map follows, with the newcomer instead of the other.
    FINISH,
    /// The order is forgotten, and the map stays.
    FORGET
  }

  public ReplicaMove {
    if (group.isRoot()) {
      throw new IllegalArgumentException("the root group's replicas do not move");
    }
    if (from.equals(to)) {
      throw new IllegalArgumentException(
          "a replica moves to another node: group=" + group + " node=" + from);
    }
  }

  public ReplicaMove calledOff() {
    return new ReplicaMove(group, from, to, Will.CALLED_OFF);
  }

  public boolean concerns(NodeId node) {
    return node.equals(from) || node.equals(to);
  }

  /// Who loses its vote in the end.
  public NodeId leaves() {
    return will == Will.GO ? from : to;
  }

  /// The step that is due.
  ///
  /// @param voters of the group's newest configuration, which is committed
  /// @param leader one of them
  public Step due(Set<NodeId> voters, NodeId leader) {
    boolean both = voters.contains(from) && voters.contains(to);
    if (both) {
      return leader.equals(leaves()) ? Step.HAND_OVER : Step.REMOVE;
    }
    if (voters.contains(to)) {
      return Step.FINISH;
    }
    return will == Will.GO ? Step.ADD : Step.FORGET;
  }
}
