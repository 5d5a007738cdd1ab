package io.vxmeta.shardmap;

import java.util.List;
import java.util.Optional;

/// One vx-meta server process, where it is reached (by clients, an endpoint per NUMA domain, and by
/// its peers), and what it is there for.
///
/// @param successor of a node that leaves: who is to have what it has, where that can be
public record Node(
    NodeId id,
    String zone,
    List<Endpoint> clientEndpoints,
    Endpoint raft,
    Endpoint peer,
    Duty duty,
    Optional<NodeId> successor) {

  /// What an operator wants of a node.
  public enum Duty {
    /// Holds replicas and leads groups.
    SERVING,
    /// Holds its replicas and leads nothing: it is about to be stopped.
    DRAINING,
    /// Was announced and has not come yet: it has nothing, and leads nothing.
    JOINING,
    /// Gives its replicas to others and leads nothing; when it has none it is in the cluster no
    /// more.
    LEAVING
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
    this(id, zone, clientEndpoints, raft, peer, Duty.SERVING, Optional.empty());
  }

  /// One whose successor, if it has one by now, is called off.
  public Node with(Duty newDuty) {
    return new Node(id, zone, clientEndpoints, raft, peer, newDuty, Optional.empty());
  }

  /// One that leaves.
  public Node leavingTo(Optional<NodeId> newSuccessor) {
    return new Node(id, zone, clientEndpoints, raft, peer, Duty.LEAVING, newSuccessor);
  }

  /// Whether it is to lead nothing.
  public boolean drains() {
    return duty != Duty.SERVING;
  }

  public boolean leaves() {
    return duty == Duty.LEAVING;
  }

  /// Whether it stands at the same addresses, in the same zone.
  public boolean isAt(Node other) {
    return zone.equals(other.zone)
        && clientEndpoints.equals(other.clientEndpoints)
        && raft.equals(other.raft)
        && peer.equals(other.peer);
  }

  /// The endpoint of a NUMA domain; the first one where the node does not tell domains apart.
  public Endpoint clientEndpoint(NumaDomain domain) {
    return clientEndpoints.get(domain.value() < clientEndpoints.size() ? domain.value() : 0);
  }
}
