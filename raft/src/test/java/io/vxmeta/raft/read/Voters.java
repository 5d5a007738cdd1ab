package io.vxmeta.raft.read;

/// A configuration of the model's Raft, as sets of bits: who votes, and during a change who voted
/// before it.
record Voters(int current, int previous) {
  static final Voters NONE = new Voters(0, 0);

  boolean isNone() {
    return current == 0;
  }

  boolean isJoint() {
    return previous != 0;
  }

  boolean concerns(int node) {
    return (((current | previous) >> node) & 1) == 1;
  }

  boolean haveMajorityIn(int nodes) {
    return isMajority(nodes, current) && (previous == 0 || isMajority(nodes, previous));
  }

  private static boolean isMajority(int nodes, int of) {
    return 2 * Integer.bitCount(nodes & of) > Integer.bitCount(of);
  }
}
