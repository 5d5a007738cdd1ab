package io.vxmeta.chaos.net;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The cables between the parties of a cluster, each direction of each pair on its own.
public final class Network implements Wires, AutoCloseable {
  /* A party reaches another under an address that names the pair, 127.12.<from>.<to>, and the other's real port; a `Link`
   * listens there and relays to 127.0.0.1. So nobody under test knows that it is proxied.
   * Threads: steering is thread-safe and takes effect before the method returns; bytes already handed to the kernel still
   * arrive. */

  private record Pair(NodeId from, NodeId to) {}

  private final List<NodeId> parties;
  private final Map<Pair, Gate> gates = new ConcurrentHashMap<>();
  private final Map<Pair, List<Link>> links = new ConcurrentHashMap<>();

  /// A network between the clients and these nodes, with no cables yet.
  public Network(Collection<NodeId> nodes) {
    List<NodeId> all = new ArrayList<>(List.of(CLIENT));
    all.addAll(nodes);
    this.parties = List.copyOf(all);
  }

  /// The address under which `from` reaches `to`.
  public String address(NodeId from, NodeId to) {
    return "127.12." + parties.indexOf(from) + "." + parties.indexOf(to);
  }

  /// Lets `from` reach a port of `to`; fails when the port is taken at the pair's address.
  public void connect(NodeId from, NodeId to, int port) throws IOException {
    Link link =
        Link.open(
            new InetSocketAddress(InetAddress.ofLiteral(address(from, to)), port),
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port),
            gate(from, to),
            gate(to, from));
    links.computeIfAbsent(new Pair(from, to), _ -> new ArrayList<>()).add(link);
  }

  @Override
  public void cutOneWay(NodeId from, NodeId to) {
    gate(from, to).cut();
  }

  /// Cuts a node from every other node; clients still reach it.
  public void isolate(NodeId node) {
    parties.stream()
        .filter(other -> !other.equals(node) && !other.equals(CLIENT))
        .forEach(other -> cut(node, other));
  }

  /// What `from` says reaches `to` this much later.
  public void delay(NodeId from, NodeId to, Duration delay) {
    gate(from, to).delay(delay);
  }

  /// Resets the connections between the two; new ones are not hindered.
  public void reset(NodeId a, NodeId b) {
    linksBetween(a, b).forEach(Link::reset);
  }

  /// The side that accepted loses its connections, the side that made them is not told; new ones
  /// hang until healed.
  public void halfOpen(NodeId a, NodeId b) {
    linksBetween(a, b).forEach(Link::halfOpen);
  }

  @Override
  public void heal() {
    gates.values().forEach(Gate::heal);
  }

  @Override
  public long hindered() {
    return gates.values().stream().mapToLong(Gate::hindered).sum();
  }

  private List<Link> linksBetween(NodeId a, NodeId b) {
    List<Link> both = new ArrayList<>(links.getOrDefault(new Pair(a, b), List.of()));
    both.addAll(links.getOrDefault(new Pair(b, a), List.of()));
    return both;
  }

  private Gate gate(NodeId from, NodeId to) {
    return gates.computeIfAbsent(new Pair(from, to), _ -> new Gate());
  }

  @Override
  public void close() throws IOException {
    for (List<Link> ofPair : links.values()) {
      for (Link link : ofPair) {
        link.close();
      }
    }
  }
}
