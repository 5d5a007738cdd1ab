package io.vxmeta.chaos.seeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/// Plays a scenario once, with its bug or on sound nodes.
///
/// @param finding what the checkers said
/// @param seconds from the first process started to the verdict
record Trial(Finding finding, double seconds) {
  static final String NOT_PLAYED = "not-played";
  private static final String BROKEN_OFF = "broken-off";

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
    double seconds = (System.nanoTime() - begun) / 1e9;
    Set<String> ran = Witness.seen(folder);
    return new Trial(carried.map(bug -> weighed(bug, finding, ran)).orElse(finding), seconds);
  }

  /// What a checker said of a bug, unless code of the bug was never executed: then nothing was
  /// proven.
  ///
  /// @param ran the places of the bug that were executed
  static Finding weighed(SeededBug bug, Finding finding, Set<String> ran) {
    List<String> never = bug.places().stream().filter(place -> !ran.contains(place)).toList();
    boolean caught = names(finding, bug) && never.size() < bug.places().size();
    return never.isEmpty() || caught
        ? finding
        : new Finding(
            NOT_PLAYED,
            "expected the scenario to execute the code of the bug: never_executed="
                + never
                + " checkers_said="
                + (finding.alarms() ? finding.words() : "nothing")
                + "; lead the scenario there, or name the place that replaced it in"
                + " io.vxmeta.chaos.seeded");
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
    return names(finding, bug);
  }

  private static boolean names(Finding finding, SeededBug bug) {
    return finding.alarms() && finding.checker().equals(bug.checker());
  }

  /// Whether the scenario did not reach the bug.
  boolean notPlayed() {
    return finding.checker().equals(NOT_PLAYED);
  }

  /// A scenario that threw.
  static Trial brokenOff(Exception why, double seconds) {
    return new Trial(new Finding(BROKEN_OFF, String.valueOf(why)), seconds);
  }

  /// Whether the scenario did not come to its verdict.
  boolean brokenOff() {
    return finding.checker().equals(BROKEN_OFF);
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
