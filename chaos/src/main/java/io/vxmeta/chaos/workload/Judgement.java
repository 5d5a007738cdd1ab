package io.vxmeta.chaos.workload;

import java.nio.file.Path;
import java.util.List;

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
  public record Finding(String name, String proof, String picture) {
    public Finding(String name, String proof) {
      this(name, proof, "");
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
