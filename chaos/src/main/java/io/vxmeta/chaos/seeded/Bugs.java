package io.vxmeta.chaos.seeded;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Every seeded bug, and the few settings that bring a node into danger sooner.
final class Bugs {
  private Bugs() {}

  static List<SeededBug> all() {
    return Stream.of(RaftBugs.ALL, StateBugs.ALL, SnapshotBugs.ALL, HarnessBugs.ALL)
        .flatMap(List::stream)
        .toList();
  }

  static Optional<SeededBug> named(String name) {
    return all().stream().filter(bug -> bug.name().equals(name)).findFirst();
  }

  /// What the agent writes for a bug or a [Tuning].
  static List<Patch> patches(String name) {
    return named(name)
        .map(SeededBug::patches)
        .or(() -> Tuning.named(name).map(Tuning::patches))
        .orElseThrow(() ->
            new IllegalArgumentException(
                "expected the name of a seeded bug: name="
                    + name
                    + "; known="
                    + all().stream().map(SeededBug::name).toList()));
  }
}
