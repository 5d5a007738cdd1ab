package io.vxmeta.chaos.check.txn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// What is wrong with a history without any cycle, as it is found.
final class Findings {
  /// Proofs kept of one name: one convicts, a few show whether there is a pattern.
  static final int PROOFS_MAX = 16;

  private final Journal journal;
  private final List<Anomaly> all = new ArrayList<>();
  private final Map<String, Integer> counts = new HashMap<>();

  Findings(Journal journal) {
    this.journal = journal;
  }

  /// The proof is written only if it is kept; `events` are those it rests on.
  void add(String name, Supplier<String> proof, int... events) {
    if (counts.merge(name, 1, Integer::sum) <= PROOFS_MAX) {
      all.add(
          new Anomaly(name, name + ". " + proof.get(), Optional.empty(), lines(journal, events)));
    }
  }

  void addAll(Findings others) {
    all.addAll(others.all);
    others.counts.forEach((name, count) -> counts.merge(name, count, Integer::sum));
  }

  List<Anomaly> all() {
    return all;
  }

  /// The events and the other halves of their calls, as JSON, in the order of the history.
  static List<String> lines(Journal journal, int... events) {
    return IntStream.of(events)
        .flatMap(event -> IntStream.of(event, journal.partner(event)))
        .filter(event -> event >= 0)
        .distinct()
        .sorted()
        .mapToObj(journal::line)
        .toList();
  }
}
