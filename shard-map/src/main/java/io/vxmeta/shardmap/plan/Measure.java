package io.vxmeta.shardmap.plan;

/// What nodes shall have in proportion to their capacity, and how far from it they may be.
public enum Measure {
  REPLICAS("replicas", 0.10),
  BYTES("bytes", 0.10),
  /// Operations a second that a node's replicas bear. The widest, because it changes by itself.
  LOAD("load", 0.25),
  LEADERS("leaders", 0.10);

  /// Once a node is beyond the tolerance, evening goes on to this part of it, so that it does not
  /// begin again at the next breath.
  public static final double SETTLED = 0.5;

  private final String word;
  private final double tolerance;

  Measure(String word, double tolerance) {
    this.word = word;
    this.tolerance = tolerance;
  }

  public String word() {
    return word;
  }

  /// The part of its share by which a node may be above or below it before anything moves. Less
  /// than one replica, lead or mean group is never too much.
  public double tolerance() {
    return tolerance;
  }

  double settled() {
    return tolerance * SETTLED;
  }
}
