package io.vxmeta.chaos.check.txn;

/// How much work the search for cycles may still cost, counted in edges looked at.
final class Budget {
  /* A history with few anomalies costs a handful of walks; this allows thousands of walks through a graph of a million
   * transactions, minutes of one core. */
  static final long EDGES_DEFAULT = 10_000_000_000L;

  private long edges;

  Budget(long edges) {
    this.edges = edges;
  }

  /// The search stops where its budget ends: what it found is certain, what it did not is not.
  static final class Exhausted extends Exception {
    private static final long serialVersionUID = 1L;
  }

  void spend(int walked) throws Exhausted {
    edges -= walked;
    if (edges < 0) {
      throw new Exhausted();
    }
  }
}
