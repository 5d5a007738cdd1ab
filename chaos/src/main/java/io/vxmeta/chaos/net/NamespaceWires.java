package io.vxmeta.chaos.net;

import io.vxmeta.chaos.host.Command;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/// The kernel's own network between nodes in namespaces, broken by packet filters.
public final class NamespaceWires implements Wires {
  /* A way is stopped where it ends, in the receiver's namespace; towards the clients, who have none, where it begins. A
   * disturbance has a chain of its own there, so that it is lifted alone and its counters are its evidence.
   * What one says to another on a line is what it sends to the other's port of that line, and what it answers from its own.
   * Threads: any; the kernel orders changes of its tables. */

  /// A party's address and the namespace of a node.
  ///
  /// @param ports by line; the clients have none
  public record Place(String namespace, String address, Map<Way.Line, Integer> ports) {
    public Place {
      ports = Map.copyOf(ports);
    }
  }

  private final Map<NodeId, Place> places;
  private final Set<Filter> inForce = ConcurrentHashMap.newKeySet();
  private final AtomicInteger chains = new AtomicInteger();

  /// Every party, the clients included.
  public NamespaceWires(Map<NodeId, Place> places) {
    this.places = Map.copyOf(places);
  }

  @Override
  public Optional<String> whyNot(Class<? extends Trouble> trouble) {
    boolean can =
        trouble == Trouble.Cut.class
            || trouble == Trouble.Refused.class
            || trouble == Trouble.Lossy.class;
    return can
        ? Optional.empty()
        : Optional.of(
            "packet filters drop and refuse, they do not delay or forget: trouble=%s; wire the"
                    .formatted(trouble.getSimpleName())
                + " cluster PROXIED");
  }

  @Override
  public Disturbance disturb(Collection<Way> ways, Trouble trouble) {
    whyNot(trouble.getClass())
        .ifPresent(why -> {
          throw new IllegalArgumentException(why);
        });
    String chain = "trouble" + chains.incrementAndGet();
    Map<String, StringBuilder> scripts = new LinkedHashMap<>();
    for (Way way : ways) {
      rules(way, chain, target(trouble), scripts);
    }
    Filter filter = new Filter(chain, Set.copyOf(scripts.keySet()));
    inForce.add(filter);
    scripts.forEach((namespace, rules) ->
        in(
            namespace,
            "iptables -w -N %1$s; %2$s iptables -w -I INPUT -j %1$s; iptables -w -I OUTPUT -j %1$s"
                .formatted(chain, rules)));
    return filter;
  }

  private static String target(Trouble trouble) {
    return switch (trouble) {
      // The reset itself must pass.
      case Trouble.Refused _ -> "! --tcp-flags RST RST -j REJECT --reject-with tcp-reset";
      case Trouble.Lossy lossy ->
          "-m statistic --mode random --probability 0.%02d -j DROP".formatted(lossy.percent());
      case Trouble.Cut _, Trouble.Late _, Trouble.Narrow _, Trouble.HalfOpen _ -> "-j DROP";
    };
  }

  private void rules(Way way, String chain, String target, Map<String, StringBuilder> scripts) {
    Place from = place(way.from());
    Place to = place(way.to());
    String namespace = to.namespace().isEmpty() ? from.namespace() : to.namespace();
    StringBuilder script = scripts.computeIfAbsent(namespace, _ -> new StringBuilder());
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
  public void heal() {
    List.copyOf(inForce).forEach(Filter::lift);
  }

  private static String in(String namespace, String script) {
    try {
      return Command.run("ip", "netns", "exec", namespace, "sh", "-e", "-c", script);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while changing a network: " + namespace, e);
    }
  }

  /// A chain of rules in some namespaces.
  private final class Filter implements Disturbance {
    private final String chain;
    private final Set<String> namespaces;
    private long counted;

    Filter(String chain, Set<String> namespaces) {
      this.chain = chain;
      this.namespaces = namespaces;
    }

    @Override
    public synchronized long hindered() {
      if (inForce.contains(this)) {
        counted = namespaces.stream().mapToLong(this::packets).sum();
      }
      return counted;
    }

    private long packets(String namespace) {
      return in(namespace, "iptables -w -nvxL " + chain)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && Character.isDigit(line.charAt(0)))
          .mapToLong(line -> Long.parseLong(line.split(" +", 2)[0]))
          .sum();
    }

    @Override
    public synchronized void lift() {
      long _ = hindered();
      if (inForce.remove(this)) {
        String script =
            "iptables -w -D INPUT -j %1$s; iptables -w -D OUTPUT -j %1$s; iptables -w -F %1$s; iptables -w -X %1$s"
                .formatted(chain);
        namespaces.forEach(namespace -> in(namespace, script));
      }
    }

    @Override
    public String toString() {
      return namespaces.stream().sorted().collect(Collectors.joining(" ", chain + " in ", ""));
    }
  }
}
