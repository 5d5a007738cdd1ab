package io.vxmeta.chaos.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;

/// One thing that a user asks vxctl, by the name it has on the command line.
enum CliCase {
  /// No cluster, no network: what the tool costs before it does anything.
  HELP("help", "usage: vxctl"),
  /// One value of a node that runs.
  GET("get", CliCase.VALUE);

  static final String KEY = "cli-bench-key";
  static final String VALUE = "cli-bench-value";

  private final String word;
  private final String answer;

  CliCase(String word, String answer) {
    this.word = word;
    this.answer = answer;
  }

  String word() {
    return word;
  }

  static Optional<CliCase> named(String word) {
    return Arrays.stream(values()).filter(one -> one.word.equals(word)).findFirst();
  }

  /// @param endpoints of a cluster that holds [#KEY]
  List<String> arguments(String endpoints) {
    return switch (this) {
      case HELP -> List.of("--help");
      case GET -> List.of("get", KEY, "--endpoints", endpoints);
    };
  }

  /// What the tool's output has when it did what it was asked.
  String answer() {
    return answer;
  }

  /// The median of some runs, from the start of the process to its end.
  record Result(CliCase of, int runs, double medianMs) {
    static Result of(CliCase one, double[] millis) {
      double[] sorted = DoubleStream.of(millis).sorted().toArray();
      int middle = sorted.length / 2;
      double median =
          sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
      return new Result(one, sorted.length, median);
    }

    String json() {
      return String.format(
          Locale.ROOT,
          "{\"bench\":\"cli\",\"case\":\"%s\",\"runs\":%d,\"median_ms\":%.1f}",
          of.word,
          runs,
          medianMs);
    }

    String line() {
      return String.format(
          Locale.ROOT, "%-10s %,5d runs   median %8.1f ms", of.word, runs, medianMs);
    }
  }
}
