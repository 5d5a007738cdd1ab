package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.check.txn.Anomaly;
import io.vxmeta.chaos.check.txn.CyclePicture;
import io.vxmeta.chaos.check.txn.Model;
import io.vxmeta.chaos.check.txn.TransactionChecker;
import io.vxmeta.chaos.check.txn.Verdict;
import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import io.vxmeta.chaos.workload.Judgement.Finding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Rules on a list-append history: strictly serializable, and every acknowledged append in the last
/// read of its list.
final class ListRuling {
  /// More than anybody looks at in one report.
  private static final int PICTURES_MAX = 10;

  private ListRuling() {}

  static Ruling of(Path file) throws IOException {
    List<Ruling> rulings = new ArrayList<>();
    HistoryReader.read(file, history -> rulings.add(of(history)));
    return rulings.getFirst();
  }

  static Ruling of(History history) {
    return of(history, TransactionChecker.check(history, Model.STRICT_SERIALIZABLE));
  }

  /// Adds to a verdict what is lost.
  static Ruling of(History history, Verdict verdict) {
    List<Finding> findings = new ArrayList<>();
    for (Anomaly anomaly : verdict.anomalies()) {
      String picture =
          findings.size() < PICTURES_MAX ? anomaly.picture().map(CyclePicture::svg).orElse("") : "";
      findings.add(
          new Finding(anomaly.name(), anomaly.proof(), picture, List.of(), anomaly.lines()));
    }
    List<Lost> lost = lost(history.operations());
    if (!lost.isEmpty()) {
      findings.addFirst(
          Finding.at(
              "lost-write",
              "acknowledged appends that the last read of their list lacks: count=%d first=[%s]"
                  .formatted(lost.size(), lost.getFirst().words),
              lost.getFirst().events));
    }
    return new Ruling("list-append", findings, verdict.reason(), lost.size());
  }

  /// An append, and the events of its answer and of the read that lacks it.
  private record Lost(String words, List<Long> events) {}

  /// A list only grows, so what a read that began later lacks is gone for good.
  private static List<Lost> lost(List<Operation> operations) {
    Map<Object, Last> last = lastReads(operations);
    List<Lost> lost = new ArrayList<>();
    for (Operation operation : operations) {
      for (Micro step : answers(operation)) {
        Last read = step instanceof Micro.Append ? last.get(step.key()) : null;
        if (step instanceof Micro.Append append
            && read != null
            && read.invoked > operation.index()
            && !read.elements.contains(append.element())) {
          lost.add(
              new Lost(
                  "key=%s element=%s line=%d"
                      .formatted(append.key(), append.element(), operation.index() + 1),
                  List.of(operation.index(), read.answered)));
        }
      }
    }
    return lost;
  }

  /// The read of a list that began last.
  private record Last(long invoked, long answered, Set<Object> elements) {}

  private static Map<Object, Last> lastReads(List<Operation> operations) {
    Map<Long, Long> invoked = new HashMap<>();
    Map<Object, Last> last = new HashMap<>();
    for (Operation operation : operations) {
      if (!operation.completes()) {
        invoked.put(operation.process(), operation.index());
      }
      for (Micro step : answers(operation)) {
        long since = invoked.getOrDefault(operation.process(), 0L);
        Last before = last.get(step.key());
        if ((step instanceof Micro.ReadList || step instanceof Micro.ReadNull)
            && (before == null || before.invoked <= since)) {
          last.put(step.key(), new Last(since, operation.index(), elements(step)));
        }
      }
    }
    return last;
  }

  private static Set<Object> elements(Micro step) {
    return step instanceof Micro.ReadList read ? new HashSet<>(read.elements()) : Set.of();
  }

  private static List<Micro> answers(Operation operation) {
    return operation.type() == Operation.Type.OK ? operation.value() : List.of();
  }
}
