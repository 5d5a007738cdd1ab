package io.vxmeta.shardmap.plan;

import io.vxmeta.shardmap.NodeId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// The nodes as numbers: zones, room, and what part of everything each should have.
final class Ground {
  /* Immutable. A node's number is its place by name, a zone's likewise: so whatever is decided by number depends on no
   * order of the input. */

  private final List<NodeFacts> nodes;
  private final Map<NodeId, Integer> numbers = new HashMap<>();
  private final List<String> zones;
  private final int[] zoneOf;
  private final boolean[] serves;
  private final boolean[] keeps;
  private final boolean[] lives;
  private final int[] servingInZone;
  private final long[] room;
  private final int perZoneMax;
  private final double[] replicaFraction;
  private final double[] leadFraction;

  Ground(List<NodeFacts> nodes, int replication, int fillPercentMax) {
    this.nodes = nodes;
    SortedSet<String> names = new TreeSet<>();
    nodes.forEach(node -> names.add(node.zone()));
    zones = List.copyOf(names);
    Map<String, Integer> zoneNumbers = new HashMap<>();
    zones.forEach(zone -> zoneNumbers.put(zone, zoneNumbers.size()));
    zoneOf = nodes.stream().mapToInt(node -> zoneNumbers.getOrDefault(node.zone(), 0)).toArray();
    nodes.forEach(node -> numbers.put(node.id(), numbers.size()));
    serves = flags(nodes, NodeFacts::takes);
    keeps = flags(nodes, NodeFacts::keeps);
    lives = flags(nodes, NodeFacts::lives);
    room = nodes.stream().mapToLong(node -> room(node, fillPercentMax)).toArray();
    servingInZone = new int[zones.size()];
    serving().forEach(node -> servingInZone[zoneOf[node]]++);
    perZoneMax = perZoneMax(servingInZone, replication);
    double[] weight = nodes.stream().mapToDouble(Ground::weight).toArray();
    replicaFraction = Shares.ofReplicas(weight, nodesByZone(), replication, perZoneMax);
    leadFraction = Shares.ofLeaders(weight, replicaFraction, replication);
  }

  private static boolean[] flags(List<NodeFacts> nodes, Predicate<NodeFacts> flag) {
    boolean[] flags = new boolean[nodes.size()];
    for (int node = 0; node < flags.length; node++) {
      flags[node] = flag.test(nodes.get(node));
    }
    return flags;
  }

  private static long room(NodeFacts node, int fillPercentMax) {
    return node.capacityBytes() / 100 * fillPercentMax
        + node.capacityBytes() % 100 * fillPercentMax / 100;
  }

  private static double weight(NodeFacts node) {
    return node.takes() ? (double) node.capacityBytes() : 0;
  }

  /// The fewest replicas of a group that must be allowed in one zone for all of them to find a
  /// node.
  private static int perZoneMax(int[] servingInZone, int replication) {
    for (int max = 1; max < replication; max++) {
      int allowed = max;
      if (Arrays.stream(servingInZone).map(n -> Math.min(n, allowed)).sum() >= replication) {
        return max;
      }
    }
    return replication;
  }

  private List<int[]> nodesByZone() {
    List<List<Integer>> byZone = new ArrayList<>();
    zones.forEach(zone -> byZone.add(new ArrayList<>()));
    for (int node = 0; node < zoneOf.length; node++) {
      byZone.get(zoneOf[node]).add(node);
    }
    return byZone.stream()
        .map(zone -> zone.stream().mapToInt(Integer::intValue).toArray())
        .toList();
  }

  int size() {
    return nodes.size();
  }

  NodeId id(int node) {
    return nodes.get(node).id();
  }

  /// The number of a node, which must be one of these.
  int number(NodeId id) {
    Integer number = numbers.get(id);
    if (number == null) {
      throw new IllegalArgumentException("a node of the facts is expected: node=" + id);
    }
    return number;
  }

  /// The nodes that take replicas, by number.
  IntStream serving() {
    return IntStream.range(0, nodes.size()).filter(node -> serves[node]);
  }

  /// Whether the node takes replicas.
  boolean serves(int node) {
    return serves[node];
  }

  /// Whether what is on the node may stay there.
  boolean keeps(int node) {
    return keeps[node];
  }

  boolean lives(int node) {
    return lives[node];
  }

  int servingNodes() {
    return Arrays.stream(servingInZone).sum();
  }

  int zones() {
    return zones.size();
  }

  int servingZones() {
    return (int) Arrays.stream(servingInZone).filter(nodes -> nodes > 0).count();
  }

  int zoneOf(int node) {
    return zoneOf[node];
  }

  String zoneName(int zone) {
    return zones.get(zone);
  }

  /// How many voters of a group one zone may hold: one where zones are enough.
  int perZoneMax() {
    return perZoneMax;
  }

  /// The bytes up to which the node may be filled.
  long room(int node) {
    return room[node];
  }

  double replicaFraction(int node) {
    return replicaFraction[node];
  }

  double leadFraction(int node) {
    return leadFraction[node];
  }
}
