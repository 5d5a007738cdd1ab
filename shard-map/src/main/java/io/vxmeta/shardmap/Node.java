package io.vxmeta.shardmap;

import java.util.List;

/// One vx-meta server process and where it is reached: by clients (an endpoint per NUMA domain) and
/// by its peers.
public record Node(
    NodeId id, String zone, List<Endpoint> clientEndpoints, Endpoint raft, Endpoint peer) {

  public Node {
    clientEndpoints = List.copyOf(clientEndpoints);
    if (clientEndpoints.isEmpty()) {
      throw new IllegalArgumentException("a node has at least one client endpoint: node=" + id);
    }
  }

  /// The endpoint of a NUMA domain; the first one where the node does not tell domains apart.
  public Endpoint clientEndpoint(NumaDomain domain) {
    return clientEndpoints.get(domain.value() < clientEndpoints.size() ? domain.value() : 0);
  }
}
