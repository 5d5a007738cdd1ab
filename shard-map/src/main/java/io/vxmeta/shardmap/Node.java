package io.vxmeta.shardmap;

import java.util.List;

/// One vx-meta server process, where it is reached (by clients, an endpoint per NUMA domain, and by
/// its peers), and what it is there for.
public record Node(
    NodeId id,
    String zone,
    List<Endpoint> clientEndpoints,
    Endpoint raft,
    Endpoint peer,
    Duty duty) {

  /// What an operator wants of a node.
  public enum Duty {
    /// Holds replicas and leads groups.
    SERVING,
    /// Holds its replicas and leads nothing: it is about to be stopped.
    DRAINING
  }

  public Node {
    clientEndpoints = List.copyOf(clientEndpoints);
    if (clientEndpoints.isEmpty()) {
      throw new IllegalArgumentException("a node has at least one client endpoint: node=" + id);
    }
  }

  /// A node that serves.
  public Node(
      NodeId id, String zone, List<Endpoint> clientEndpoints, Endpoint raft, Endpoint peer) {
    this(id, zone, clientEndpoints, raft, peer, Duty.SERVING);
  }

  public Node with(Duty newDuty) {
    return new Node(id, zone, clientEndpoints, raft, peer, newDuty);
  }

  public boolean drains() {
    return duty == Duty.DRAINING;
  }

  /// The endpoint of a NUMA domain; the first one where the node does not tell domains apart.
  public Endpoint clientEndpoint(NumaDomain domain) {
    return clientEndpoints.get(domain.value() < clientEndpoints.size() ? domain.value() : 0);
  }
}
