package io.vxmeta.raft.read;

/// 64 bits that differ for different states of a model run, but for chance.
final class Fingerprint {
  /* Where nodes 1 and 2 begin alike, a state and the one with their names exchanged lead to the same: both are printed, once
   * under each naming, and the smaller print is the state's.
   */
  private final boolean isExchanged;
  private long hash = 0x9e3779b97f4a7c15L;

  private Fingerprint(boolean isExchanged) {
    this.isExchanged = isExchanged;
  }

  static Fingerprint plain() {
    return new Fingerprint(false);
  }

  static Fingerprint exchanged() {
    return new Fingerprint(true);
  }

  Fingerprint add(long value) {
    hash = mixed(hash ^ mixed(value + 0x632be59bd9b4e019L)) + 0x165667b19e3779f9L;
    return this;
  }

  Fingerprint addNode(int node) {
    return add(nodeAt(node));
  }

  Fingerprint addNodes(int nodes) {
    return add(named(nodes));
  }

  /// The node that has this place in the naming.
  int nodeAt(int place) {
    return isExchanged && (place == 1 || place == 2) ? 3 - place : place;
  }

  private int named(int nodes) {
    return isExchanged ? (nodes & ~6) | ((nodes & 2) << 1) | ((nodes & 4) >> 1) : nodes;
  }

  long value() {
    return hash;
  }

  /// The last step of SplitMix64.
  static long mixed(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
