package io.vxmeta.raft;

import io.vxmeta.shardmap.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.LinkedHashMap;
import java.util.Map;

/// Looks before the start whether a node's ports can be bound, so that a taken one is named
/// plainly.
final class Ports {
  private Ports() {}

  static void requireFree(NodeConfig config) {
    Map<String, Endpoint> wanted = new LinkedHashMap<>();
    wanted.put("client", config.listen().client());
    wanted.put("peer", config.listen().peer());
    wanted.put("raft", config.listen().raft());
    wanted.put("admin", config.admin());
    wanted.forEach(Ports::requireFree);
  }

  private static void requireFree(String what, Endpoint at) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(at.host(), at.port()));
    } catch (IOException e) {
      throw new PortTaken(
          "cannot listen: use="
              + what
              + " address="
              + at
              + " cause="
              + e.getMessage()
              + "; stop the process that has the port, or change it in the configuration");
    }
  }

  /// A port this node needs can not be bound.
  static final class PortTaken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PortTaken(String message) {
      super(message);
    }
  }
}
