package io.vxmeta.chaos.cluster;

import io.vxmeta.chaos.net.Network;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Where each node of a cluster keeps its files and listens, and the texts that tell it so.
final class NodeLayout {
  /* A node's folder holds node.yaml, hosts (when proxied), data/, node.out and node.log.
   * When proxied, nodes name each other node-N.vxmeta.test, and each node's own hosts file maps the names of its peers to the
   * addresses where its proxies listen. Everybody binds on 127.0.0.1. */

  private static final String LOOPBACK = "127.0.0.1";

  private final ClusterPlan plan;
  private final List<NodeId> nodes;
  private final Map<NodeId, NodePorts> ports = new ConcurrentHashMap<>();
  private final Optional<Network> network;
  private final Optional<Function<NodeId, String>> addresses;

  /// @param addresses of nodes that are hosts of their own; absent when all share loopback
  NodeLayout(
      ClusterPlan plan,
      List<NodeId> nodes,
      List<NodePorts> ports,
      Optional<Network> network,
      Optional<Function<NodeId, String>> addresses) {
    this.plan = plan;
    this.nodes = List.copyOf(nodes);
    for (int each = 0; each < nodes.size(); each++) {
      this.ports.put(nodes.get(each), ports.get(each));
    }
    this.network = network;
    this.addresses = addresses;
  }

  Path folder(NodeId node) {
    return plan.directory().resolve(node.value());
  }

  Path config(NodeId node) {
    return folder(node).resolve("node.yaml");
  }

  Path hosts(NodeId node) {
    return folder(node).resolve("hosts");
  }

  /// A disk's root has a folder of the file system's own, so the data goes one below.
  Path data(NodeId node) {
    return plan.storage() == ClusterPlan.Storage.OWN_DISKS
        ? folder(node).resolve("disk").resolve("data")
        : folder(node).resolve("data");
  }

  NodePorts ports(NodeId node) {
    return Objects.requireNonNull(ports.get(node), node.value());
  }

  /// A node that is to join the running cluster, on loopback as all others.
  Node add(NodeId newcomer, NodePorts its) {
    ports.put(newcomer, its);
    return new Node(
        newcomer,
        "",
        List.of(clientEndpoint(newcomer)),
        new Endpoint(LOOPBACK, its.raft()),
        new Endpoint(LOOPBACK, its.peer()));
  }

  /// Where clients of the harness reach a node.
  Endpoint clientEndpoint(NodeId node) {
    String host = network.map(n -> n.address(Network.CLIENT, node)).orElse(address(node));
    return new Endpoint(host, ports(node).client());
  }

  /// Where the node binds.
  private String address(NodeId node) {
    return addresses.map(of -> of.apply(node)).orElse(LOOPBACK);
  }

  void write(NodeId node) throws IOException {
    Files.createDirectories(folder(node));
    Files.writeString(config(node), configText(node));
    if (network.isPresent()) {
      Files.writeString(hosts(node), hostsText(node, network.get()));
    }
  }

  private String configText(NodeId node) {
    NodePorts own = ports(node);
    String text =
        """
        cluster: %s
        node: %s
        data: "%s"
        admin: 127.0.0.1:%d
        """
            .formatted(plan.clusterId(), node, data(node), own.admin());
    text +=
        nodes.contains(node)
            ? "data-groups: %d\nnodes:\n%s"
                .formatted(
                    plan.dataGroups(),
                    nodes.stream().map(this::memberText).collect(Collectors.joining()))
            : "join: %s\nnodes:\n%s"
                .formatted(
                    nodes.stream()
                        .map(member -> clientEndpoint(member).toString())
                        .collect(Collectors.joining(",")),
                    memberText(node));
    text += "disk: {slow-flush-ms: %d}\n".formatted(plan.slowFlush().toMillis());
    if (plan.leads() == ClusterPlan.Leads.STAY) {
      text += "leaders: {spread: manual}\n";
    }
    if (plan.storage() == ClusterPlan.Storage.OWN_DISKS && node.equals(nodes.getLast())) {
      text += "memory: {place: files}\n"; // One node whose tables a fault of the disk can reach.
    }
    if (addresses.isPresent()) {
      return text + "insecure: true\n";
    }
    return network.isEmpty() ? text : text + listenText(own);
  }

  private String memberText(NodeId member) {
    NodePorts its = ports(member);
    String host = network.isPresent() ? name(member) : address(member);
    return """
      - id: %s
        client: %s
        peer: %s:%d
        raft: %s:%d
    """
        .formatted(member, clientEndpoint(member), host, its.peer(), host, its.raft());
  }

  private static String listenText(NodePorts own) {
    return "listen: {client: \"%1$s:%2$d\", peer: \"%1$s:%3$d\", raft: \"%1$s:%4$d\"}\n"
        .formatted(LOOPBACK, own.client(), own.peer(), own.raft());
  }

  /// Replaces every other way to resolve a name, so it names this machine, too.
  private String hostsText(NodeId node, Network cables) throws IOException {
    String own = InetAddress.getLocalHost().getHostName();
    StringBuilder text =
        new StringBuilder("127.0.0.1 localhost %s %s%n".formatted(own, name(node)));
    nodes.stream()
        .filter(peer -> !peer.equals(node))
        .forEach(peer -> text.append("%s %s%n".formatted(cables.address(node, peer), name(peer))));
    return text.toString();
  }

  private static String name(NodeId node) {
    return node + ".vxmeta.test";
  }
}
