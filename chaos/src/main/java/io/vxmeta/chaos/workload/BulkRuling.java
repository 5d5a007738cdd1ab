package io.vxmeta.chaos.workload;

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

/// Rules on a history of bulk loads: what was acknowledged before a read is in it, what was refused
/// never is, and of a transaction there is all or nothing.
final class BulkRuling implements Completions.Listener {
  /* Records are written once, with their own number as the value. A read is at one instant if all its records have one tag,
   * which recorded reads have. */

  /// How a transaction ended. `acknowledged` is the place of its acknowledgement, or negative.
  private record Fate(long begun, long acknowledged, boolean refused) {}

  private final Completions completions = new Completions();
  private final Map<Long, Fate> fates = new HashMap<>();
  private final Map<Long, Long> lacking = new HashMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private final Map<Long, Long> shown = new HashMap<>();
  private long reads;

  private BulkRuling() {}

  static Ruling of(Path file) throws IOException {
    BulkRuling ruling = new BulkRuling();
    HistoryReader.operations(file, event -> ruling.completions.take(event, ruling));
    return ruling.rule();
  }

  @Override
  public void asked(Operation asked) {
    if (asked.value().getFirst() instanceof Micro.Write write) {
      fates.put(transaction(write), new Fate(asked.index(), -1, false));
    }
  }

  private static long transaction(Micro step) {
    return BulkLoads.transaction((Long) step.key());
  }

  @Override
  public void ended(Completions.Completed operation) {
    Micro first = operation.asked().value().getFirst();
    if (first instanceof Micro.Write) {
      boolean ok = operation.is(Operation.Type.OK);
      boolean refused = operation.is(Operation.Type.FAIL);
      fates.put(
          transaction(first),
          new Fate(operation.invoked(), ok ? operation.finished() : -1, refused));
    } else if (operation.is(Operation.Type.OK)) {
      read(operation);
    }
  }

  private void read(Completions.Completed operation) {
    reads++;
    Set<Long> present = new HashSet<>();
    Set<Long> absent = new HashSet<>();
    for (Micro step : operation.ended().value()) {
      long transaction = transaction(step);
      if (step instanceof Micro.ReadNull) {
        absent.add(transaction);
        missing(step, transaction, operation);
      } else {
        present.add(transaction);
        found(step, transaction, operation);
      }
    }
    present.retainAll(absent);
    for (long half : present) {
      find("half-applied", "transaction %d is there in part".formatted(half), operation);
    }
  }

  private void missing(Micro step, long transaction, Completions.Completed operation) {
    Fate fate = fates.get(transaction);
    if (fate != null && fate.acknowledged >= 0 && fate.acknowledged < operation.invoked()) {
      lacking.put((Long) step.key(), operation.invoked());
      find(
          "lost-write",
          "record %s was acknowledged at %d".formatted(step.key(), fate.acknowledged),
          operation,
          fate.acknowledged);
    }
  }

  private void found(Micro step, long transaction, Completions.Completed operation) {
    if (!(step instanceof Micro.ReadValue(Object key, Long value)) || !key.equals(value)) {
      find("wrong-value", "a record does not hold what was written: " + step, operation);
      return;
    }
    lacking.remove(key);
    shown.putIfAbsent(transaction, operation.finished());
  }

  private void find(String name, String what, Completions.Completed operation, Long... others) {
    findings.add(
        Finding.at(
            name,
            "%s, says the read from %d to %d at node %s"
                .formatted(
                    what,
                    operation.invoked(),
                    operation.finished(),
                    operation.ended().extras().get(Facts.NODE)),
            operation.and(others)));
  }

  private Ruling rule() {
    shown.forEach((transaction, finished) -> {
      Fate fate = fates.get(transaction);
      if (fate == null || fate.begun > finished) {
        findings.add(new Finding("garbage-read", "nobody wrote transaction " + transaction));
      } else if (fate.refused) {
        findings.add(
            Finding.at(
                "refused-write",
                "transaction %d was refused and is there at %d".formatted(transaction, finished),
                List.of(finished)));
      }
    });
    return new Ruling(
        "bulk", findings, reads == 0 ? "expected at least one read" : "", lacking.size());
  }
}
