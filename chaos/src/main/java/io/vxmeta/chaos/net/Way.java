package io.vxmeta.chaos.net;

import io.vxmeta.shardmap.NodeId;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What one party says to another on one line; the other's answers go the reverse way.
public record Way(NodeId from, NodeId to, Line line) {

  /// What a connection is for.
  public enum Line {
    /// Clients and the API of a node.
    CLIENT,
    /// Nodes among each other, beside Raft: confirmations of reads, snapshots.
    PEER,
    /// Votes and log entries.
    RAFT
  }

  public Way reverse() {
    return new Way(to, from, line);
  }

  /// Every way from one party to the other.
  public static Set<Way> oneWay(NodeId from, NodeId to) {
    boolean client = from.equals(Wires.CLIENT) || to.equals(Wires.CLIENT);
    List<Line> lines = client ? List.of(Line.CLIENT) : List.of(Line.PEER, Line.RAFT);
    Set<Way> ways = new HashSet<>();
    lines.forEach(line -> ways.add(new Way(from, to, line)));
    return ways;
  }

  /// Every way between the two, in both directions.
  public static Set<Way> between(NodeId a, NodeId b) {
    Set<Way> ways = oneWay(a, b);
    ways.addAll(oneWay(b, a));
    return ways;
  }

  /// Every way between somebody here and somebody there.
  public static Set<Way> between(Collection<NodeId> here, Collection<NodeId> there) {
    Set<Way> ways = new HashSet<>();
    here.forEach(
        a -> there.stream().filter(b -> !a.equals(b)).forEach(b -> ways.addAll(between(a, b))));
    return ways;
  }
}
