package io.vxmeta.shardmap.plan;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// What part of all replicas, and of all leads, is each node's fair share: pure functions.
final class Shares {
  /* In proportion to capacity, as far as the rules of placement allow: of a group's R replicas a node holds at most one, so at
   * most 1/R of all, and a zone at most as many as may share one. What a capped node or zone can not take, the others take, again
   * in proportion. Without this a large node, or a small zone that must hold a replica of everything, would look out of balance
   * for ever. A weight of 0 is a node that takes nothing. */

  /// Rounding of sums of fractions.
  private static final double ROUNDING = 1e-9;

  private Shares() {}

  /// Fractions of all replicas, by node; they add up to 1 unless all weights are 0.
  static double[] ofReplicas(
      double[] weight, List<int[]> nodesByZone, int replication, int perZoneMax) {
    double nodeCap = 1.0 / replication;
    double zoneCap = (double) perZoneMax / replication;
    double[] fraction = new double[weight.length];
    boolean[] capped = new boolean[nodesByZone.size()];
    double left = 1;
    boolean settled = false;
    while (!settled) {
      settled = true;
      level(weight, nodesOf(nodesByZone, capped), nodeCap, left, fraction);
      for (int zone = 0; zone < capped.length; zone++) {
        int[] nodes = nodesByZone.get(zone);
        if (!capped[zone] && sum(fraction, nodes) > zoneCap + ROUNDING) {
          capped[zone] = true;
          level(weight, nodes, nodeCap, zoneCap, fraction);
          left -= zoneCap;
          settled = false;
        }
      }
    }
    return normal(fraction);
  }

  /// Fractions of all leads, by node: in proportion to capacity, but nobody leads what it has no
  /// replica of.
  static double[] ofLeaders(double[] weight, double[] replicaFraction, int replication) {
    double[] cap = new double[weight.length];
    Arrays.setAll(cap, node -> replicaFraction[node] * replication);
    double[] fraction = new double[weight.length];
    level(weight, IntStream.range(0, weight.length).toArray(), cap, 1, fraction);
    return normal(fraction);
  }

  private static int[] nodesOf(List<int[]> nodesByZone, boolean[] without) {
    return IntStream.range(0, without.length)
        .filter(zone -> !without[zone])
        .flatMap(zone -> Arrays.stream(nodesByZone.get(zone)))
        .toArray();
  }

  private static void level(
      double[] weight, int[] nodes, double cap, double sum, double[] fraction) {
    double[] caps = new double[weight.length];
    Arrays.fill(caps, cap);
    level(weight, nodes, caps, sum, fraction);
  }

  /// Fills the nodes to one level per weight until they hold the sum, each up to its cap: those
  /// that reach theirs first are full, the rest share what is left.
  private static void level(
      double[] weight, int[] nodes, double[] cap, double sum, double[] fraction) {
    List<Integer> byCap =
        Arrays.stream(nodes)
            .filter(node -> weight[node] > 0)
            .boxed()
            .sorted(
                Comparator.<Integer>comparingDouble(node -> cap[node] / weight[node])
                    .thenComparing(Comparator.naturalOrder()))
            .toList();
    double weightLeft = byCap.stream().mapToDouble(node -> weight[node]).sum();
    double left = Math.max(sum, 0);
    for (int node : byCap) {
      fraction[node] = Math.min(cap[node], left * weight[node] / weightLeft);
      left -= fraction[node];
      weightLeft -= weight[node];
    }
  }

  private static double sum(double[] fraction, int[] nodes) {
    return Arrays.stream(nodes).mapToDouble(node -> fraction[node]).sum();
  }

  private static double[] normal(double[] fraction) {
    double sum = Arrays.stream(fraction).sum();
    if (sum > 0) {
      for (int node = 0; node < fraction.length; node++) {
        fraction[node] /= sum;
      }
    }
    return fraction;
  }
}
