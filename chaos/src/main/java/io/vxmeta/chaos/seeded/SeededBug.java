package io.vxmeta.chaos.seeded;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// A known mistake that the harness must catch.
///
/// @param name as commands and reports call it: `read-barrier-off`
/// @param summary what the code does instead of the right thing
/// @param breaks which promise of the store falls
/// @param checker who must catch it
/// @param seat whose code carries it
/// @param patches how it is written into that code; each tells when it is executed
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
    List<Patch> given = patches;
    patches =
        IntStream.range(0, given.size())
            .mapToObj(at -> given.get(at).witnessedAs(name + " " + (at + 1)))
            .toList();
  }

  /// What [Witness] hears where all of the bug is executed.
  List<String> places() {
    return patches.stream().map(Patch::witnessed).flatMap(Optional::stream).toList();
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
