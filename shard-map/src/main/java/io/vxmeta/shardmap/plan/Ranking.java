package io.vxmeta.shardmap.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/// The nodes that take replicas, the emptiest first: all together, by zone, and the zones by their
/// emptiest node.
final class Ranking {
  /* Threads: one. A walk over a set ends before the ranking is changed.
   * Invariant: a node stands in the sets by the pressure noted here, so it leaves them BEFORE its pressure is changed. */

  private final Ground ground;
  private final double[] pressure;
  private final double[] headPressure;
  private final NavigableSet<Integer> nodes;
  private final List<NavigableSet<Integer>> byZone = new ArrayList<>();
  private final NavigableSet<Integer> zones;

  Ranking(Ground ground) {
    this.ground = ground;
    pressure = new double[ground.size()];
    headPressure = new double[ground.zones()];
    nodes = new TreeSet<>(by(pressure));
    zones = new TreeSet<>(by(headPressure));
    for (int zone = 0; zone < ground.zones(); zone++) {
      byZone.add(new TreeSet<>(by(pressure)));
    }
  }

  private static Comparator<Integer> by(double[] value) {
    return Comparator.<Integer>comparingDouble(i -> value[i])
        .thenComparing(Comparator.naturalOrder());
  }

  /// Puts the node in its place; it may be new.
  void rank(int node, double newPressure) {
    int zone = ground.zoneOf(node);
    NavigableSet<Integer> neighbours = byZone.get(zone);
    zones.remove(zone);
    nodes.remove(node);
    neighbours.remove(node);
    pressure[node] = newPressure;
    nodes.add(node);
    neighbours.add(node);
    headPressure[zone] = pressure[neighbours.first()];
    zones.add(zone);
  }

  /// Zones that have nodes here, that of the emptiest node first.
  NavigableSet<Integer> zones() {
    return zones;
  }

  /// The emptiest first.
  NavigableSet<Integer> inZone(int zone) {
    return byZone.get(zone);
  }

  /// The emptiest first.
  NavigableSet<Integer> nodes() {
    return nodes;
  }
}
