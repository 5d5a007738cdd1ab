package io.vxmeta.chaos.net;

import io.vxmeta.chaos.host.Command;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// The kernel's own network between nodes in namespaces, broken by packet filters.
public final class NamespaceWires implements Wires {
  /* A way is stopped where it ends, in the receiver's namespace; towards the clients, who have none, where it begins. A
   * disturbance has a chain of its own there, so that it is lifted alone and its counters are its evidence.
   * What one says to another on a line is what it sends to the other's port of that line, and what it answers from its own.
   * A black hole swallows the connections that exist when it begins, by rules for their addresses and ports, which stay when it
   * is lifted; see `Holes`. Half-open counts the connections that the kernel forgot, since new ones that hang are a cut, too.
   * Lifting does all it can: where the rules of one node can not be counted or removed, those of the others are; a disturbance is
   *   in force until every rule of it is gone, so that it can be lifted again.
   * Threads: any; the kernel orders changes of its tables. */

  /// A party's address and the namespace of a node.
  ///
  /// @param enter words before a command that is to run in the namespace, asked for anew each time,
  ///   since a container has another one after each start; none for the clients
  /// @param ports by line; the clients have none
  public record Place(Supplier<List<String>> enter, String address, Map<Way.Line, Integer> ports) {
    public Place {
      ports = Map.copyOf(ports);
    }

    public static Place ofClients(String address) {
      return new Place(List::of, address, Map.of());
    }

    public static Place named(String namespace, String address, Map<Way.Line, Integer> ports) {
      return new Place(() -> List.of("ip", "netns", "exec", namespace), address, ports);
    }
  }

  private final Map<NodeId, Place> places;
  private final Set<Filter> inForce = ConcurrentHashMap.newKeySet();
  private final AtomicInteger chains = new AtomicInteger();
  private final Holes holes = new Holes(this::in);

  /// Every party, the clients included.
  public NamespaceWires(Map<NodeId, Place> places) {
    this.places = Map.copyOf(places);
  }

  @Override
  public Optional<String> whyNot(Class<? extends Trouble> trouble) {
    boolean can =
        trouble == Trouble.Cut.class
            || trouble == Trouble.Refused.class
            || trouble == Trouble.HalfOpen.class
            || trouble == Trouble.BlackHole.class
            || trouble == Trouble.Lossy.class;
    return can
        ? Optional.empty()
        : Optional.of(
            "packet filters drop and refuse, they do not delay: trouble=%s; wire the cluster PROXIED"
                .formatted(trouble.getSimpleName()));
  }

  @Override
  public Disturbance disturb(Collection<Way> ways, Trouble trouble) {
    whyNot(trouble.getClass())
        .ifPresent(why -> {
          throw new IllegalArgumentException(why);
        });
    holes.fill(this::isInForce);
    String chain = "trouble" + chains.incrementAndGet();
    Map<NodeId, StringBuilder> scripts = new LinkedHashMap<>();
    if (trouble instanceof Trouble.BlackHole) {
      swallow(ways, chain, scripts);
    } else {
      silenced(ways, trouble).forEach(way -> rules(way, chain, target(trouble), scripts));
    }
    Filter filter = new Filter(chain, trouble, Set.copyOf(scripts.keySet()));
    inForce.add(filter);
    try {
      scripts.forEach((node, rules) ->
          in(
              node,
              "iptables -w -N %1$s; %2$s iptables -w -I INPUT -j %1$s; iptables -w -I OUTPUT -j %1$s"
                  .formatted(chain, rules)));
      if (trouble instanceof Trouble.HalfOpen) {
        filter.forgot(ways.stream().mapToLong(this::forget).sum());
      }
    } catch (RuntimeException halfway) {
      try {
        filter.lift();
      } catch (RuntimeException also) {
        halfway.addSuppressed(also);
      }
      throw halfway;
    }
    return filter;
  }

  private static Set<Way> silenced(Collection<Way> ways, Trouble trouble) {
    Set<Way> silenced = new LinkedHashSet<>(ways);
    if (trouble instanceof Trouble.HalfOpen) {
      ways.forEach(way -> silenced.add(way.reverse()));
    }
    return silenced;
  }

  private void swallow(Collection<Way> ways, String chain, Map<NodeId, StringBuilder> scripts) {
    Set<Holes.Connection> connections = new LinkedHashSet<>();
    for (Way way : ways) {
      Optional.ofNullable(place(way.to()).ports().get(way.line()))
          .ifPresent(port ->
              connections.addAll(
                  holes.between(way.from(), place(way.from()).address(), way.to(), port)));
    }
    if (!connections.isEmpty()) {
      holes.dig(chain, connections);
    }
    connections.forEach(connection ->
        scripts
            .computeIfAbsent(connection.callee(), _ -> new StringBuilder())
            .append(connection.drops(chain)));
  }

  private boolean isInForce(String chain) {
    return inForce.stream().anyMatch(filter -> filter.chain.equals(chain));
  }

  /// The kernel of the side that accepted ends its connections; the resets it sends are dropped.
  /// Returns how many there were.
  private long forget(Way way) {
    Integer port = place(way.to()).ports().get(way.line());
    if (port == null) {
      return 0;
    }
    String killed =
        in(
            way.to(),
            "ss -HK -tn state established '( sport = :%d and dst %s )'"
                .formatted(port, place(way.from()).address()));
    return killed.lines().filter(line -> !line.isBlank()).count();
  }

  private static String target(Trouble trouble) {
    return switch (trouble) {
      // The reset itself must pass.
      case Trouble.Refused _ -> "! --tcp-flags RST RST -j REJECT --reject-with tcp-reset";
      case Trouble.Lossy lossy ->
          "-m statistic --mode random --probability 0.%02d -j DROP".formatted(lossy.percent());
      case Trouble.Cut _,
          Trouble.Late _,
          Trouble.Narrow _,
          Trouble.HalfOpen _,
          Trouble.BlackHole _ ->
          "-j DROP";
    };
  }

  private void rules(Way way, String chain, String target, Map<NodeId, StringBuilder> scripts) {
    Place from = place(way.from());
    Place to = place(way.to());
    NodeId where = to.ports().isEmpty() ? way.from() : way.to();
    StringBuilder script = scripts.computeIfAbsent(where, _ -> new StringBuilder());
    String rule = "iptables -w -A %s -s %s -d %s -p tcp --%s %d %s; ";
    Optional.ofNullable(to.ports().get(way.line()))
        .ifPresent(port ->
            script.append(
                rule.formatted(chain, from.address(), to.address(), "dport", port, target)));
    Optional.ofNullable(from.ports().get(way.line()))
        .ifPresent(port ->
            script.append(
                rule.formatted(chain, from.address(), to.address(), "sport", port, target)));
  }

  private Place place(NodeId party) {
    return Optional.ofNullable(places.get(party))
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no such party: party=%s; there are %s".formatted(party, places.keySet())));
  }

  @Override
  public void probe(Collection<Way> ways) {
    for (Way way : ways) {
      Place from = place(way.from());
      Place to = place(way.to());
      Integer port = to.ports().get(way.line());
      if (!from.ports().isEmpty() && port != null && takes(way.to(), port)) {
        String _ =
            in(
                way.from(),
                "timeout 1 bash -c ': >/dev/tcp/%s/%d' || true".formatted(to.address(), port));
      }
    }
  }

  private boolean takes(NodeId node, int port) {
    return !in(node, "ss -Htln 'sport = :%d'".formatted(port)).isBlank();
  }

  @Override
  public void heal() {
    List<Runnable> all = new ArrayList<>();
    inForce.forEach(filter -> all.add(filter::lift));
    all.add(() -> holes.fill(this::isInForce));
    runAll(all);
  }

  /// Each is run, whatever becomes of those before; then the first failure comes out.
  private static void runAll(List<Runnable> steps) {
    List<RuntimeException> failures = new ArrayList<>();
    for (Runnable step : steps) {
      try {
        step.run();
      } catch (RuntimeException failed) {
        failures.add(failed);
      }
    }
    if (!failures.isEmpty()) {
      RuntimeException first = failures.removeFirst();
      failures.forEach(first::addSuppressed);
      throw first;
    }
  }

  /// Black holes whose rules still stand.
  int holes() {
    return holes.dug();
  }

  /// A script; what was never made or is gone already is no error.
  static String removal(String chain) {
    return """
    rules=$(iptables -w -S)
    has() { echo "$rules" | grep -qxFe "$1"; }
    if has '-A INPUT -j %1$s'; then iptables -w -D INPUT -j %1$s; fi
    if has '-A OUTPUT -j %1$s'; then iptables -w -D OUTPUT -j %1$s; fi
    if has '-N %1$s'; then iptables -w -F %1$s; iptables -w -X %1$s; fi
    """
        .formatted(chain);
  }

  private String in(NodeId node, String script) {
    List<String> command = new ArrayList<>(place(node).enter().get());
    command.addAll(List.of("sh", "-e", "-c", script));
    try {
      return Command.run(command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while changing a network: " + node, e);
    }
  }

  /// A chain of rules in some nodes' namespaces.
  private final class Filter implements Disturbance {
    private final String chain;
    private final Trouble trouble;
    private final Set<NodeId> nodes;
    private final Set<NodeId> standing;
    private final Map<NodeId, Long> counted = new HashMap<>();
    private long forgotten;

    Filter(String chain, Trouble trouble, Set<NodeId> nodes) {
      this.chain = chain;
      this.trouble = trouble;
      this.nodes = nodes;
      this.standing = new HashSet<>(nodes);
    }

    synchronized void forgot(long connections) {
      forgotten = connections;
    }

    @Override
    public synchronized long hindered() {
      if (inForce.contains(this) && !(trouble instanceof Trouble.HalfOpen)) {
        standing.forEach(node -> counted.put(node, packets(node)));
      }
      return forgotten + counted.values().stream().mapToLong(Long::longValue).sum();
    }

    private long packets(NodeId node) {
      return in(node, "iptables -w -nvxL " + chain)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && Character.isDigit(line.charAt(0)))
          .mapToLong(line -> Long.parseLong(line.split(" +", 2)[0]))
          .sum();
    }

    @Override
    public synchronized void lift() {
      if (inForce.contains(this)) {
        runAll(List.of(this::hindered, this::removeAll));
      }
    }

    private void removeAll() {
      if (!(trouble instanceof Trouble.BlackHole)) {
        runAll(nodes.stream().<Runnable>map(node -> () -> remove(node)).toList());
      }
      inForce.remove(this);
    }

    private void remove(NodeId node) {
      if (standing.contains(node)) {
        String _ = in(node, removal(chain));
        standing.remove(node);
      }
    }

    @Override
    public String toString() {
      return nodes.stream()
          .map(NodeId::value)
          .sorted()
          .collect(Collectors.joining(" ", chain + " in ", ""));
    }
  }
}
