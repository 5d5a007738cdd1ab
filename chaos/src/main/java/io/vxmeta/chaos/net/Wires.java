package io.vxmeta.chaos.net;

import io.vxmeta.shardmap.NodeId;
import java.util.Collection;
import java.util.Optional;

/// The network between the parties of a cluster, where it can be broken.
public interface Wires {
  /* Disturbances compose: each stays in force until it is lifted, whatever else is put on or taken off the same ways. */

  /// Whoever is not a node: the clients of the harness.
  NodeId CLIENT = new NodeId("client");

  /// Puts a trouble on these ways; it is in force when the method returns. What was handed to the
  /// kernel before may still arrive.
  Disturbance disturb(Collection<Way> ways, Trouble trouble);

  /// Why this network can not have such a trouble, with the remedy; empty when it can.
  Optional<String> whyNot(Class<? extends Trouble> trouble);

  /// Makes a connection on each of these ways, as its owner would, and drops it: so a disturbance
  /// meets somebody even where everybody is silent. None where nobody would take it if the network
  /// was well: what stops a call to the dead proves nothing.
  void probe(Collection<Way> ways);

  /// Lifts everything; connections broken meanwhile stay broken.
  void heal();

  /// Nothing passes between the two, in either direction.
  default Disturbance cut(NodeId a, NodeId b) {
    return disturb(Way.between(a, b), new Trouble.Cut());
  }
}
