package io.vxmeta.chaos.workload;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a checker says of a workload's history.
///
/// @param checker who judged: `list-append`, `server-order`, ...
/// @param operations calls made; `checked` of them were answered and judged
/// @param lost acknowledged writes that the final state lacks; each is an anomaly as well
/// @param reason why nothing could be decided; empty otherwise
/// @param history the recorded operations
public record Judgement(
    String checker,
    Outcome outcome,
    long operations,
    long checked,
    long lost,
    List<Finding> findings,
    String reason,
    Path history) {

  /// Undecided is neither good nor bad, and must not be shown as green.
  public enum Outcome {
    VALID,
    INVALID,
    UNKNOWN
  }

  /// An anomaly and its proof in words.
  ///
  /// @param picture the same as SVG; empty where there is nothing to draw
  /// @param events indexes of the events of the history that the proof rests on, as far as the
  ///   checker knows them
  /// @param lines such events as lines of the history
  public record Finding(
      String name, String proof, String picture, List<Long> events, List<String> lines) {
    /// More is not read by anybody; the history has the rest.
    static final int LINES_MAX = 20;

    static final int LINE_CHARACTERS_MAX = 1_000;

    public Finding {
      events = first(events);
      lines = first(lines).stream().map(Finding::cut).toList();
    }

    public Finding(String name, String proof) {
      this(name, proof, "", List.of(), List.of());
    }

    /// A finding whose lines are still to be looked up, see [Ruling#quoting].
    static Finding at(String name, String proof, List<Long> events) {
      return new Finding(name, proof, "", events, List.of());
    }

    Finding withProof(String other) {
      return new Finding(name, other, picture, events, lines);
    }

    Finding withPicture(String other) {
      return new Finding(name, proof, other, events, lines);
    }

    Finding withLines(List<String> others) {
      return new Finding(name, proof, picture, events, others);
    }

    /// The record of an older run has none.
    private static <T> List<T> first(@Nullable List<T> all) {
      return all == null ? List.of() : all.stream().limit(LINES_MAX).toList();
    }

    private static String cut(String line) {
      return line.length() <= LINE_CHARACTERS_MAX
          ? line
          : line.substring(0, LINE_CHARACTERS_MAX) + " ...";
    }
  }

  public Judgement {
    findings = List.copyOf(findings);
    if ((outcome == Outcome.INVALID) == findings.isEmpty()) {
      throw new IllegalArgumentException(
          "findings and nothing else make a history invalid: outcome="
              + outcome
              + " findings="
              + findings);
    }
  }
}
