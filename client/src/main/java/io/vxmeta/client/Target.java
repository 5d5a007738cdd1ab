package io.vxmeta.client;

import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NumaDomain;

/// A node to ask, by the name it has for people and the endpoint it has for machines.
record Target(String node, Endpoint endpoint) {

  static Target of(Node node) {
    return new Target(node.id().value(), node.clientEndpoint(NumaDomain.FIRST));
  }

  @Override
  public String toString() {
    return node.isEmpty() ? endpoint.toString() : node + " at " + endpoint;
  }
}
