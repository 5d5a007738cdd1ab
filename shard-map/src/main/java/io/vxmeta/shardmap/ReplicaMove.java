package io.vxmeta.shardmap;

import java.util.Optional;
import java.util.Set;

/// An order to change who has a replica of a group, and which step of it is due: a replica of a
/// data group moves from one node to another; a node joins the root group, or leaves it.
///
/// @param to gets a replica, if anybody does
/// @param from gives its own up, if anybody does
public record ReplicaMove(
    ShardGroupId group, Optional<NodeId> from, Optional<NodeId> to, Will will) {
  /* Invariants: a step changes one voter, so that the majorities of two neighbouring configurations share one
   *   (docs/membership.md). Which step is due follows from the voters that the group's log names and from nothing else, so
   *   whoever leads goes on where another one stopped.
   * A move that was called off takes the newcomer out again; once the other replica is gone there is no way back, and it ends as
   *   if it had not been called off.
   * Data groups keep their number of replicas; the root group has one on each node, so it grows and shrinks with the cluster. */

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
    /// The shard map follows, with the newcomer and without the other.
    FINISH,
    /// The order is forgotten, and the map stays.
    FORGET
  }

  public ReplicaMove {
    boolean both = from.isPresent() && to.isPresent();
    if (group.isRoot() ? from.isPresent() == to.isPresent() : !both) {
      throw new IllegalArgumentException(
          "a data group's replica moves from a node to another; one node joins or leaves the root"
              + " group: group="
              + group
              + " from="
              + from
              + " to="
              + to);
    }
    if (both && from.equals(to)) {
      throw new IllegalArgumentException(
          "a replica moves to another node: group=" + group + " node=" + from.get());
    }
  }

  /// Of a data group's replica.
  public static ReplicaMove between(ShardGroupId group, NodeId from, NodeId to) {
    return new ReplicaMove(group, Optional.of(from), Optional.of(to), Will.GO);
  }

  /// A node gets a replica of the root group.
  public static ReplicaMove joins(NodeId node) {
    return new ReplicaMove(ShardGroupId.ROOT, Optional.empty(), Optional.of(node), Will.GO);
  }

  /// A node gives up its replica of the root group, and with it its place in the cluster.
  public static ReplicaMove leavesRoot(NodeId node) {
    return new ReplicaMove(ShardGroupId.ROOT, Optional.of(node), Optional.empty(), Will.GO);
  }

  public ReplicaMove calledOff() {
    return new ReplicaMove(group, from, to, Will.CALLED_OFF);
  }

  public boolean comesTo(NodeId node) {
    return to.filter(node::equals).isPresent();
  }

  public boolean concerns(NodeId node) {
    return comesTo(node) || from.filter(node::equals).isPresent();
  }

  /// Who loses its vote in the end, if anybody does.
  public Optional<NodeId> leaves() {
    return will == Will.GO ? from : to;
  }

  /// The step that is due.
  ///
  /// @param voters of the group's newest configuration, which is committed
  /// @param leader one of them
  public Step due(Set<NodeId> voters, NodeId leader) {
    boolean came = to.filter(node -> !voters.contains(node)).isEmpty();
    boolean remains = from.filter(voters::contains).isPresent();
    boolean noWayBack = from.isPresent() && !remains;
    if (will == Will.GO) {
      return came ? removal(remains, leader) : Step.ADD;
    }
    if (noWayBack && came) {
      return Step.FINISH;
    }
    return to.isPresent() && came ? removal(true, leader) : Step.FORGET;
  }

  private Step removal(boolean isVoter, NodeId leader) {
    if (!isVoter) {
      return Step.FINISH;
    }
    return leaves().filter(leader::equals).isPresent() ? Step.HAND_OVER : Step.REMOVE;
  }

  @Override
  public String toString() {
    return "group="
        + group
        + from.map(node -> " from=" + node).orElse("")
        + to.map(node -> " to=" + node).orElse("")
        + (will == Will.CALLED_OFF ? " called off" : "");
  }
}
