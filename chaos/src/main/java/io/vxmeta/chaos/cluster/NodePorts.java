package io.vxmeta.chaos.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/// The four ports of a node.
public record NodePorts(int client, int peer, int raft, int admin) {
  /* Ports are picked below the range the kernel takes for outgoing connections (32768 and up on Linux), so that a port
   * stays free while its node is down. Two harnesses may still pick the same: the node that loses says so, and
   * `ProcessCluster` picks again. */

  private static final int LOWEST = 18_000;
  private static final int COUNT = 14_000;
  static final int PORTS_PER_NODE = 4;

  /// Picks before we say that the machine has no free ports.
  private static final int TRIES_MAX = 10_000;

  /// 7401, 7501, 7601, 7701 for the first node, one more for each further.
  public static List<NodePorts> standard(int nodes) {
    return IntStream.range(1, nodes + 1)
        .mapToObj(i -> new NodePorts(7400 + i, 7500 + i, 7600 + i, 7700 + i))
        .toList();
  }

  /// Ports nobody listens on now.
  static List<NodePorts> free(int nodes, Random random) {
    List<Integer> picked = new ArrayList<>();
    for (int tries = 0; picked.size() < nodes * PORTS_PER_NODE; tries++) {
      if (tries == TRIES_MAX) {
        throw new IllegalStateException(
            "no free ports on loopback: range="
                + LOWEST
                + ".."
                + (LOWEST + COUNT)
                + "; stop what listens there");
      }
      int port = LOWEST + random.nextInt(COUNT);
      if (!picked.contains(port) && isFree(port)) {
        picked.add(port);
      }
    }
    return IntStream.range(0, nodes)
        .map(i -> i * PORTS_PER_NODE)
        .mapToObj(i ->
            new NodePorts(picked.get(i), picked.get(i + 1), picked.get(i + 2), picked.get(i + 3)))
        .toList();
  }

  /// The first port of these that somebody listens on.
  public static Optional<Integer> firstTaken(List<NodePorts> ports) {
    return ports.stream().flatMap(p -> p.all().stream()).filter(port -> !isFree(port)).findFirst();
  }

  static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  List<Integer> all() {
    return List.of(client, peer, raft, admin);
  }
}
