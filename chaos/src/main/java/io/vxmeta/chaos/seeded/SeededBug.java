package io.vxmeta.chaos.seeded;

import java.util.List;

/// A known mistake that the harness must catch.
///
/// @param name as commands and reports call it: `read-barrier-off`
/// @param summary what the code does instead of the right thing
/// @param breaks which promise of the store falls
/// @param checker who must catch it
/// @param seat whose code carries it
/// @param patches how it is written into that code
record SeededBug(
    String name, String summary, String breaks, String checker, Seat seat, List<Patch> patches) {

  /// Where a bug sits.
  enum Seat {
    /// In every node of the cluster.
    NODES,
    /// In the process that asks and judges: the client library or a checker.
    HARNESS
  }

  SeededBug {
    patches = List.copyOf(patches);
  }

  static SeededBug inNodes(
      String name, String summary, String breaks, String checker, Patch... patches) {
    return new SeededBug(name, summary, breaks, checker, Seat.NODES, List.of(patches));
  }

  static SeededBug inHarness(
      String name, String summary, String breaks, String checker, Patch... patches) {
    return new SeededBug(name, summary, breaks, checker, Seat.HARNESS, List.of(patches));
  }
}
