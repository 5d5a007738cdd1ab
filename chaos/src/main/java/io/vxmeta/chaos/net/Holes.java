package io.vxmeta.chaos.net;

import io.vxmeta.shardmap.NodeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Connections between namespaces that carry nothing any more, each dropped by rules of its own.
final class Holes {
  /* A connection is known by its two addresses and ports, and dropped in both directions where it was accepted, since that is a
   *   node always.
   * Port reuse: the same four would name another connection when the caller's port is given out again, and "new ones are
   *   well" would be a lie. So the ports are reserved in the caller's namespace as long as the rules stand. The clients' ports
   *   are this machine's and not ours to reserve; a client who draws one of them again, of some 28,000, waits in vain once.
   * The rules of a hole go when it is not in force and neither side knows any of its connections, which is looked at before the
   *   next disturbance and when all is healed; a connection in TIME-WAIT has ended. The kernel gives up on a
   *   connection that it can not close after minutes. What is left goes with the namespaces.
   * Threads: any, one at a time. */

  private static final String RESERVED_PORTS = "/proc/sys/net/ipv4/ip_local_reserved_ports";

  /// A connection, by the address and port of each side.
  record Connection(NodeId caller, NodeId callee, String near, String far) {
    String drops(String chain) {
      return drop(chain, near, far) + drop(chain, far, near);
    }

    private static String drop(String chain, String from, String to) {
      return "iptables -w -A %s -s %s -d %s -p tcp --sport %s --dport %s -j DROP; "
          .formatted(chain, host(from), host(to), port(from), port(to));
    }

    private static String host(String address) {
      return address.substring(0, address.lastIndexOf(':'));
    }

    private static String port(String address) {
      return address.substring(address.lastIndexOf(':') + 1);
    }

    boolean isAmong(Set<String> calls, Set<String> accepted) {
      return calls.contains(near + " " + far) || accepted.contains(far + " " + near);
    }
  }

  /// Runs a script beside a party.
  interface Shell {
    String run(NodeId party, String script);
  }

  private record Hole(String chain, Set<Connection> connections) {
    Set<NodeId> callees() {
      return connections.stream().map(Connection::callee).collect(Collectors.toSet());
    }

    Set<NodeId> parties() {
      Set<NodeId> parties = callees();
      connections.forEach(connection -> parties.add(connection.caller()));
      return parties;
    }
  }

  private final Shell shell;
  private final List<Hole> dug = new ArrayList<>();

  Holes(Shell shell) {
    this.shell = shell;
  }

  /// The connections that the caller has just now to that port of the callee.
  Set<Connection> between(NodeId caller, String callerAddress, NodeId callee, int port) {
    String sockets =
        shell.run(
            callee,
            "ss -Htan state established '( sport = :%d and dst %s )'"
                .formatted(port, callerAddress));
    return pairs(sockets, 2).stream()
        .map(pair -> pair.split(" ", 2))
        .map(pair -> new Connection(caller, callee, pair[1], pair[0]))
        .collect(Collectors.toSet());
  }

  /// Reserves what must not be used again while the rules of that chain stand; call it BEFORE they
  /// are made.
  synchronized void dig(String chain, Collection<Connection> connections) {
    Hole hole = new Hole(chain, Set.copyOf(connections));
    dug.add(hole);
    reserve(hole);
  }

  /// Removes the rules of those whose connections are all gone.
  synchronized void fill(Predicate<String> inForce) {
    List<Hole> idle = dug.stream().filter(hole -> !inForce.test(hole.chain())).toList();
    Map<NodeId, Set<String>> sockets = new HashMap<>();
    idle.forEach(
        hole -> hole.parties().forEach(party -> sockets.computeIfAbsent(party, this::sockets)));
    for (Hole hole : idle) {
      boolean isKnown =
          hole.connections().stream()
              .anyMatch(each ->
                  each.isAmong(
                      sockets.getOrDefault(each.caller(), Set.of()),
                      sockets.getOrDefault(each.callee(), Set.of())));
      if (!isKnown) {
        hole.callees().forEach(callee -> shell.run(callee, NamespaceWires.removal(hole.chain())));
        dug.remove(hole);
        reserve(hole);
      }
    }
  }

  /// How many have rules.
  synchronized int dug() {
    return dug.size();
  }

  private void reserve(Hole changed) {
    for (NodeId caller : changed.parties()) {
      if (caller.equals(Wires.CLIENT)) {
        continue;
      }
      Set<String> ports = new TreeSet<>();
      for (Hole hole : dug) {
        hole.connections().stream()
            .filter(connection -> connection.caller().equals(caller))
            .forEach(connection -> ports.add(Connection.port(connection.near())));
      }
      String _ =
          shell.run(caller, "echo '%s' >%s".formatted(String.join(",", ports), RESERVED_PORTS));
    }
  }

  private Set<String> sockets(NodeId party) {
    return pairs(shell.run(party, "ss -Htan exclude time-wait exclude listening"), 3);
  }

  /// The local and the other address of each line; a node's sockets may write them as mapped to the
  /// longer kind.
  private static Set<String> pairs(String sockets, int column) {
    Set<String> pairs = new HashSet<>();
    sockets
        .lines()
        .map(line -> line.strip().replace("[::ffff:", "").replace("]", "").split(" +"))
        .filter(words -> words.length > column + 1)
        .forEach(words -> pairs.add(words[column] + " " + words[column + 1]));
    return pairs;
  }
}
