package io.vxmeta.chaos.net;

import io.vxmeta.shardmap.NodeId;

/// The network between the parties of a cluster, broken one ordered pair at a time.
public interface Wires {
  /// Whoever is not a node: the clients of the harness.
  NodeId CLIENT = new NodeId("client");

  /// Nothing that `from` says reaches `to`.
  void cutOneWay(NodeId from, NodeId to);

  /// Everything passes again; connections broken meanwhile stay broken.
  void heal();

  /// Bytes, packets or connections that were stopped or changed so far: it grows while a fault
  /// bites.
  long hindered();

  /// Nothing passes between the two, in either direction.
  default void cut(NodeId a, NodeId b) {
    cutOneWay(a, b);
    cutOneWay(b, a);
  }
}
