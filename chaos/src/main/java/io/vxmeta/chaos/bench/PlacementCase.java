package io.vxmeta.chaos.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// One measurement of placement, by the name it has on the command line.
enum PlacementCase {
  PLANNER("planner");

  private final String word;

  PlacementCase(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }

  static Optional<PlacementCase> named(String word) {
    return Arrays.stream(values()).filter(one -> one.word.equals(word)).findFirst();
  }

  /// The slowest of `n` runs, the first of them in a cold JVM.
  record Result(PlacementCase of, int n, double seconds) {
    String json() {
      return String.format(
          Locale.ROOT,
          "{\"bench\":\"placement\",\"case\":\"%s\",\"n\":%d,\"seconds\":%.3f}",
          of.word,
          n,
          seconds);
    }

    String line() {
      return String.format(Locale.ROOT, "%-10s %,5d runs   slowest %7.3f s", of.word, n, seconds);
    }
  }

  Result measure(long seed) {
    return switch (this) {
      case PLANNER -> new Result(this, PlannerCase.RUNS, new PlannerCase(seed).slowestSeconds());
    };
  }
}
