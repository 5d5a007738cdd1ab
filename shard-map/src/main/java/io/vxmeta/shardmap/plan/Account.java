package io.vxmeta.shardmap.plan;

import java.util.function.IntToDoubleFunction;

/// One measure of a placement in numbers: what each group weighs, what each node has, and what it
/// should have.
final class Account {
  /* Threads: one. Only nodes that take replicas have a share; costs, fill and balance of others mean nothing.
   * The cost of a placement is the sum over nodes of (has - share)^2 / (share * total): squares of deviations, in parts of
   * the whole, a node of twice the share being allowed twice the deviation for the same cost. It is convex, so a search that
   * only lowers it ends, and what a change costs is found from the one or two nodes it touches. */

  /// So that a node which has two pieces of a share of one counts as off by one.
  private static final double ROUNDING = 1 - 1e-9;

  private final Measure measure;
  private final long[] ofGroup;
  private final double[] negligible;
  private final long[] onNode;
  private final double[] share;
  private double total;
  private double meanPiece;
  private boolean matters;

  /// Deviations below `negligible`, by node, do not matter, whatever part of the share they are.
  Account(Measure measure, long[] ofGroup, double[] negligible) {
    this.measure = measure;
    this.ofGroup = ofGroup;
    this.negligible = negligible;
    this.onNode = new long[negligible.length];
    this.share = new double[negligible.length];
  }

  Measure measure() {
    return measure;
  }

  void add(int node, int group) {
    onNode[node] += ofGroup[group];
  }

  void remove(int node, int group) {
    onNode[node] -= ofGroup[group];
  }

  long of(int group) {
    return ofGroup[group];
  }

  long on(int node) {
    return onNode[node];
  }

  double share(int node) {
    return share[node];
  }

  /// Deals the total, made of so many pieces, out to the nodes. The measure matters if the total is
  /// not negligible.
  void share(Ground ground, IntToDoubleFunction fraction, double newTotal, double pieces) {
    total = newTotal;
    meanPiece = pieces > 0 ? newTotal / pieces : 0;
    ground.serving().forEach(node -> share[node] = fraction.applyAsDouble(node) * newTotal);
    matters = newTotal > ground.serving().mapToDouble(node -> negligible[node]).sum();
  }

  /// What the node has as a part of its share; 0 if the measure does not matter.
  double fill(int node) {
    return matters ? onNode[node] / share[node] : 0;
  }

  /// What the cost rises by if the node takes the group.
  double addingCost(int node, int group) {
    if (!matters) {
      return 0;
    }
    double amount = (double) ofGroup[group];
    double off = onNode[node] - share[node];
    return amount * (2 * off + amount) / (share[node] * total);
  }

  /// What the cost rises by if the node gives the group away.
  double removingCost(int node, int group) {
    if (!matters) {
      return 0;
    }
    double amount = (double) ofGroup[group];
    double off = onNode[node] - share[node];
    return amount * (amount - 2 * off) / (share[node] * total);
  }

  /// What the group alone costs on the node: the measure for whether a gain is worth a move.
  double weight(int node, int group) {
    double amount = (double) ofGroup[group];
    return matters ? amount * amount / (share[node] * total) : 0;
  }

  boolean isOver(int node, double tolerance) {
    return matters && isBeyond(node, tolerance, onNode[node] - share[node]);
  }

  boolean isUnder(int node, double tolerance) {
    return matters && isBeyond(node, tolerance, share[node] - onNode[node]);
  }

  private boolean isBeyond(int node, double tolerance, double off) {
    return off >= Math.max(meanPiece, negligible[node]) * ROUNDING && off > tolerance * share[node];
  }
}
