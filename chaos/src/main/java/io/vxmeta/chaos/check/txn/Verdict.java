package io.vxmeta.chaos.check.txn;

import java.util.List;
import java.util.TreeSet;

/// What is known about one history under one model, after looking at all of it.
///
/// `reason` says why nothing could be decided; it is empty otherwise.
public record Verdict(Outcome outcome, List<Anomaly> anomalies, List<String> not, String reason) {

  /// Three values: undecided is neither good nor bad, and must not be shown as green.
  public enum Outcome {
    VALID,
    INVALID,
    UNKNOWN
  }

  public Verdict {
    anomalies = List.copyOf(anomalies);
    not = List.copyOf(not);
  }

  static Verdict of(List<Anomaly> anomalies) {
    Outcome outcome = anomalies.isEmpty() ? Outcome.VALID : Outcome.INVALID;
    return new Verdict(outcome, anomalies, Violated.weakest(anomalies), "");
  }

  static Verdict unknown(String reason) {
    return new Verdict(Outcome.UNKNOWN, List.of(), List.of(), reason);
  }

  /// The distinct names of the anomalies, sorted.
  public List<String> names() {
    TreeSet<String> names = new TreeSet<>();
    anomalies.forEach(anomaly -> names.add(anomaly.name()));
    return List.copyOf(names);
  }
}
