package io.vxmeta.chaos.net;

import io.vxmeta.chaos.host.Command;
import io.vxmeta.chaos.host.LastWill;
import io.vxmeta.chaos.host.Machine;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// A network of the kernel's for one cluster: each node in a namespace of its own, all on one
/// switch.
public final class Namespaces implements AutoCloseable {
  /* Layout: a namespace holds the switch (a bridge, so that this machine's packet filters do not see what passes); each
   *   node's has one end of a virtual cable to it; the last cable ends in the namespace we were started in, for the clients.
   *   Addresses are 10.<net>.<net>.<1..>, the clients have .254.
   * Names begin with "vx" and our process id, and a last will removes them: no namespace outlives this JVM. */

  private static final List<String> PROGRAMS = List.of("ip", "iptables", "setsid", "ss");
  private static final AtomicInteger MADE = new AtomicInteger();
  private static final int CLIENT_HOST = 254;

  /// Networks tried before we say that all are taken.
  private static final int NETWORKS_MAX = 100;

  private final List<NodeId> nodes;
  private final String prefix;
  private final String network;
  private final LastWill will;

  private Namespaces(List<NodeId> nodes, String prefix, String network, LastWill will) {
    this.nodes = List.copyOf(nodes);
    this.prefix = prefix;
    this.network = network;
    this.will = will;
  }

  /// Why this machine can not have them, with the remedy.
  public static Optional<String> whyNot() {
    if (!Machine.isRoot()) {
      return Optional.of("network namespaces are made by root alone; run as root");
    }
    return PROGRAMS.stream()
        .filter(program -> !Machine.has(program))
        .findFirst()
        .map(program ->
            "a program is missing: program=%s; apt-get install iproute2 iptables util-linux"
                .formatted(program));
  }

  /// Makes the network; when it returns, every party could reach every other.
  public static Namespaces make(List<NodeId> nodes) throws IOException, InterruptedException {
    whyNot()
        .ifPresent(why -> {
          throw new IllegalStateException(why);
        });
    String prefix =
        "vx%s%s"
            .formatted(
                Long.toString(ProcessHandle.current().pid(), Character.MAX_RADIX),
                Integer.toString(MADE.incrementAndGet(), Character.MAX_RADIX));
    Namespaces made = new Namespaces(nodes, prefix, freeNetwork(), new LastWill());
    try {
      made.lay();
      return made;
    } catch (IOException | InterruptedException e) {
      made.close();
      throw e;
    }
  }

  private static String freeNetwork() throws IOException, InterruptedException {
    String taken = Command.run("ip", "-o", "-4", "addr");
    int start = (int) (ProcessHandle.current().pid() % NETWORKS_MAX);
    for (int i = 0; i < NETWORKS_MAX; i++) {
      String network = "10.%d.%d".formatted(100 + (start + i) % NETWORKS_MAX, MADE.get() % 256);
      if (!taken.contains(" " + network + ".")) {
        return network;
      }
    }
    throw new IOException("no free network: tried=10.100.x to 10.199.x; remove those left over");
  }

  private void lay() throws IOException, InterruptedException {
    String hub = namespace("s");
    add(hub);
    ip("-n", hub, "link", "add", "hub", "type", "bridge");
    ip("-n", hub, "link", "set", "hub", "up");
    for (NodeId node : nodes) {
      String own = namespace(node);
      add(own);
      plug(hub, own, "eth0", "to" + nodes.indexOf(node));
      ip("-n", own, "addr", "add", address(node) + "/24", "dev", "eth0");
      ip("-n", own, "link", "set", "eth0", "up");
      ip("-n", own, "link", "set", "lo", "up");
    }
    String clients = prefix + "c";
    will.undo("ip link del " + clients);
    ip("link", "add", clients, "type", "veth", "peer", "name", "toc", "netns", hub);
    ip("-n", hub, "link", "set", "toc", "master", "hub", "up");
    ip("addr", "add", clientAddress() + "/24", "dev", clients);
    ip("link", "set", clients, "up");
  }

  private void add(String namespace) throws IOException, InterruptedException {
    will.undo("ip netns pids %1$s | xargs -r kill -9; ip netns del %1$s".formatted(namespace));
    ip("netns", "add", namespace);
  }

  private static void plug(String hub, String own, String inside, String port)
      throws IOException, InterruptedException {
    ip("-n", own, "link", "add", inside, "type", "veth", "peer", "name", port, "netns", hub);
    ip("-n", hub, "link", "set", port, "master", "hub", "up");
  }

  private static void ip(String... words) throws IOException, InterruptedException {
    String[] command = new String[words.length + 1];
    command[0] = "ip";
    System.arraycopy(words, 0, command, 1, words.length);
    String _ = Command.run(command);
  }

  private String namespace(String suffix) {
    return prefix + suffix;
  }

  public String namespace(NodeId node) {
    return namespace("n" + nodes.indexOf(node));
  }

  public String address(NodeId node) {
    return network + "." + (nodes.indexOf(node) + 1);
  }

  public String clientAddress() {
    return network + "." + CLIENT_HOST;
  }

  /// Words before a command that is to run beside that node.
  public List<String> enter(NodeId node) {
    return List.of("ip", "netns", "exec", namespace(node));
  }

  /// Removes all of it, with the processes that are still in it.
  @Override
  public void close() throws IOException {
    will.close();
  }
}
