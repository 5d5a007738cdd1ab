package io.vxmeta.chaos.seeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/// Plays a scenario once, with its bug or on sound nodes.
///
/// @param finding what the checkers said
/// @param seconds from the first process started to the verdict
record Trial(Finding finding, double seconds) {

  /// Plays in a folder of its own; what nodes wrote stays there.
  static Trial play(String name, Optional<SeededBug> carried, Path folder, long seed)
      throws Exception {
    Scenario scenario =
        Scenarios.catching(name)
            .orElseThrow(() -> new IllegalArgumentException("no scenario yet: bug=" + name));
    empty(folder);
    long begun = System.nanoTime();
    Finding finding =
        carried.filter(bug -> bug.seat() == SeededBug.Seat.HARNESS).isPresent()
            ? ChildTrial.play(carried.get(), folder, seed)
            : scenario.play(new Arena(folder, carried, new Random(seed)));
    return new Trial(finding, (System.nanoTime() - begun) / 1e9);
  }

  /// Plays the death of a node at a fail point.
  static Trial play(FailPoint point, Path folder, long seed) throws Exception {
    empty(folder);
    long begun = System.nanoTime();
    Finding finding =
        FailPointScenarios.dyingAt(point)
            .play(new Arena(folder, Optional.empty(), new Random(seed)));
    return new Trial(finding, (System.nanoTime() - begun) / 1e9);
  }

  /// Whether the named checker, and no other, raised the alarm.
  boolean caught(SeededBug bug) {
    return finding.alarms() && finding.checker().equals(bug.checker());
  }

  private static void empty(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> left = Files.walk(folder)) {
        for (Path path : left.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.createDirectories(folder);
  }
}
