package io.vxmeta.chaos.net;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// The cables between the parties of a cluster, each direction of each pair and line on its own.
public final class Network implements Wires, AutoCloseable {
  /* A party reaches another under an address that names the pair, 127.12.<from>.<to>, and the other's real port; a `Link`
   * listens there and relays to 127.0.0.1. So nobody under test knows that it is proxied.
   * Threads: steering is thread-safe and takes effect before the method returns; bytes already handed to the kernel still
   * arrive.
   * A proxy that can not accept any more makes whoever disturbs or heals the network fail, and so the run: what happens behind
   * it is our doing, not a fault's. */

  private final List<NodeId> parties;
  private final Map<Way, Gate> gates = new ConcurrentHashMap<>();
  private final Map<Way, Link> links = new ConcurrentHashMap<>();
  private final Set<Hindrance> inForce = ConcurrentHashMap.newKeySet();

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

  /// Lets connections be made that way, to this port; fails when the port is taken at the pair's
  /// address.
  public void connect(Way way, int port) throws IOException {
    Link link =
        Link.open(
            new InetSocketAddress(InetAddress.ofLiteral(address(way.from(), way.to())), port),
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port),
            gate(way),
            gate(way.reverse()));
    links.put(way, link);
  }

  @Override
  public Disturbance disturb(Collection<Way> ways, Trouble trouble) {
    whyNot(trouble.getClass())
        .ifPresent(why -> {
          throw new IllegalArgumentException(why);
        });
    Set<Gate> at = ways.stream().map(this::gate).collect(Collectors.toSet());
    Set<Link> hit = new HashSet<>();
    ways.forEach(way -> Optional.ofNullable(links.get(way)).ifPresent(hit::add));
    hit.forEach(Link::requireSound);
    Hindrance hindrance = new Hindrance(trouble, at, lifted -> lifted(lifted, hit)).enforce();
    inForce.add(hindrance);
    for (Link link : hit) {
      switch (trouble) {
        case Trouble.Refused _ -> hindrance.count(link.reset());
        case Trouble.HalfOpen _ -> hindrance.count(link.halfOpen());
        case Trouble.BlackHole _ -> link.swallow(hindrance);
        case Trouble.Cut _, Trouble.Late _, Trouble.Narrow _, Trouble.Lossy _ -> {}
      }
    }
    return hindrance;
  }

  private void lifted(Hindrance hindrance, Set<Link> hit) {
    inForce.remove(hindrance);
    if (hindrance.trouble() instanceof Trouble.HalfOpen) {
      hit.forEach(Link::tellHalfOpen);
    }
  }

  @Override
  public void probe(Collection<Way> ways) {
    ways.forEach(way -> Optional.ofNullable(links.get(way)).ifPresent(Link::probe));
  }

  @Override
  public Optional<String> whyNot(Class<? extends Trouble> trouble) {
    return trouble == Trouble.Lossy.class
        ? Optional.of(
            "proxies relay streams, not packets, so none can be lost; use the network namespaces")
        : Optional.empty();
  }

  /// Cuts a node from every other node; clients still reach it.
  public Disturbance isolate(NodeId node) {
    List<NodeId> others =
        parties.stream().filter(other -> !other.equals(node) && !other.equals(CLIENT)).toList();
    return disturb(Way.between(List.of(node), others), new Trouble.Cut());
  }

  @Override
  public void heal() {
    List.copyOf(inForce).forEach(Hindrance::lift);
    links.values().forEach(Link::requireSound);
  }

  /// Connections that are not over, also those whose sides have ended unheard.
  int relayed() {
    return links.values().stream().mapToInt(Link::relayed).sum();
  }

  private Gate gate(Way way) {
    return gates.computeIfAbsent(way, _ -> new Gate());
  }

  @Override
  public void close() throws IOException {
    for (Link link : links.values()) {
      link.close();
    }
  }
}
