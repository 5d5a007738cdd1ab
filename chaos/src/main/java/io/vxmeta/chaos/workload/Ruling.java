package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.check.linear.Verdict;
import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.Operation;
import io.vxmeta.chaos.workload.Judgement.Finding;
import java.io.IOException;
import java.nio.file.Path;
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
          new Ruling(checker, List.of(Finding.at(anomaly, broken.proof(), broken.events())), "", 0);
      case Verdict.Undecided undecided -> new Ruling(checker, List.of(), undecided.reason(), 0);
    };
  }

  Ruling losing(long more) {
    return new Ruling(checker, findings, undecided, lost + more);
  }

  /// The same with what can be said of the findings out of the history that was judged: the lines
  /// they rest on, and a picture.
  public Ruling quoting(Path history) throws IOException {
    Quotes quotes = new Quotes(findings);
    if (!quotes.isComplete()) {
      HistoryReader.operations(history, quotes::take);
    }
    return new Ruling(checker, quotes.quoted(), undecided, lost);
  }

  /// As for a file.
  public Ruling quoting(List<Operation> history) {
    Quotes quotes = new Quotes(findings);
    history.forEach(quotes::take);
    return new Ruling(checker, quotes.quoted(), undecided, lost);
  }

  /// One finding.
  static Ruling found(String checker, String name, String proof) {
    return found(checker, new Finding(name, proof));
  }

  static Ruling found(String checker, Finding finding) {
    return new Ruling(checker, List.of(finding), "", 0);
  }

  /// The same with each proof saying first what it is about.
  Ruling naming(String subject) {
    return new Ruling(
        checker,
        findings.stream()
            .map(finding -> finding.withProof(subject + ": " + finding.proof()))
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
