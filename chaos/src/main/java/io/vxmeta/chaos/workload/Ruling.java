package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.check.linear.Verdict;
import io.vxmeta.chaos.workload.Judgement.Finding;
import java.util.ArrayList;
import java.util.List;

/// What a checker reads out of a recorded history.
///
/// @param checker who judged
/// @param findings what convicts the history
/// @param undecided why it could not decide; empty when it could
/// @param lost acknowledged writes that the final reads lack; each is a finding as well
public record Ruling(String checker, List<Finding> findings, String undecided, long lost) {

  /// Proofs told of one history; one is enough to convict, more help to understand.
  static final int FINDINGS_MAX = 20;

  public Ruling {
    findings = List.copyOf(findings.subList(0, Math.min(FINDINGS_MAX, findings.size())));
  }

  /// The verdict of a checker of single keys, with the name its finding gets.
  public static Ruling of(String checker, String anomaly, Verdict verdict) {
    return switch (verdict) {
      case Verdict.Holds _ -> new Ruling(checker, List.of(), "", 0);
      case Verdict.Broken broken ->
          new Ruling(checker, List.of(new Finding(anomaly, broken.proof())), "", 0);
      case Verdict.Undecided undecided -> new Ruling(checker, List.of(), undecided.reason(), 0);
    };
  }

  Ruling losing(long more) {
    return new Ruling(checker, findings, undecided, lost + more);
  }

  /// One finding.
  static Ruling found(String checker, String name, String proof) {
    return new Ruling(checker, List.of(new Finding(name, proof)), "", 0);
  }

  /// The same with each proof saying first what it is about.
  Ruling naming(String subject) {
    return new Ruling(
        checker,
        findings.stream()
            .map(finding -> new Finding(finding.name(), subject + ": " + finding.proof()))
            .toList(),
        undecided,
        lost);
  }

  /// The rulings of one checker on two parts of a history.
  Ruling with(Ruling part) {
    Ruling both = and(part);
    return new Ruling(checker, both.findings, both.undecided, both.lost);
  }

  /// Both rulings on one history: what either convicts is convicted, and both must have decided.
  Ruling and(Ruling other) {
    List<Finding> all = new ArrayList<>(findings);
    all.addAll(other.findings);
    String open = undecided.isEmpty() ? other.undecided : undecided;
    return new Ruling(checker + "+" + other.checker, all, open, lost + other.lost);
  }
}
