package io.vxmeta.chaos.workload;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
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

/// Rules on a history of scans: a record that nobody touched during a scan comes with its value, or
/// not at all if it was deleted before; nothing comes that was never written.
final class ScanRuling implements Completions.Listener {
  /* Each record has one writer, which asks one thing at a time, so between an acknowledged write and the next invocation its
   * value is certain; with a write in doubt it never is again. A read by name is a scan of the records it names.
   * A few records may come twice when a node fails during a scan, so repetitions count only in the quiet after the run. */

  /// The key of a scan's invocation.
  static final String EVERYTHING = "*";

  /// The value of a deleted record.
  static final long GONE = -1;

  static final String QUIET = "quiet";

  /// A record as its writer knows it.
  private static final class Fate {
    private final Set<Long> attempted = new HashSet<>();
    private long value = GONE;
    private long settled = -1;
    private boolean underWay;
    private boolean inDoubt;

    /// Whether its value was the same from `begun` until now. A write that is under way may have
    /// had its effect long before its writer hears of it.
    boolean stoodStillSince(long begun) {
      return !underWay && !inDoubt && settled < begun;
    }
  }

  private final Completions completions = new Completions();
  private final Map<Long, Fate> fates = new HashMap<>();
  private final Set<Long> lost = new HashSet<>();
  private final List<Finding> findings = new ArrayList<>();
  private long scans;

  private ScanRuling() {}

  static Ruling of(Path file) throws IOException {
    ScanRuling ruling = new ScanRuling();
    HistoryReader.operations(file, event -> ruling.completions.take(event, ruling));
    return new Ruling(
        "scan",
        ruling.findings,
        ruling.scans == 0 ? "expected at least one whole scan" : "",
        ruling.lost.size());
  }

  @Override
  public void asked(Operation asked) {
    if (asked.value().getFirst() instanceof Micro.Write write) {
      Fate fate = fates.computeIfAbsent((Long) write.key(), _ -> new Fate());
      fate.attempted.add((Long) write.value());
      fate.underWay = true;
    }
  }

  @Override
  public void ended(Completions.Completed operation) {
    if (operation.asked().value().getFirst() instanceof Micro.Write write) {
      written(fates.computeIfAbsent((Long) write.key(), _ -> new Fate()), write, operation);
    } else if (operation.is(Operation.Type.OK)) {
      read(operation);
    }
  }

  private static void written(Fate fate, Micro.Write write, Completions.Completed operation) {
    fate.underWay = false;
    switch (operation.ended().type()) {
      case OK -> {
        fate.value = (Long) write.value();
        fate.settled = operation.finished();
      }
      case FAIL -> {
        fate.settled = operation.finished();
        if ((Long) write.value() != GONE) {
          fate.attempted.remove((Long) write.value());
        }
      }
      case INFO, INVOKE -> fate.inDoubt = true;
    }
  }

  private void read(Completions.Completed operation) {
    boolean scan = operation.asked().value().getFirst().key().equals(EVERYTHING);
    Map<Long, Long> found = new HashMap<>();
    Set<Long> named = new HashSet<>();
    for (Micro step : operation.ended().value()) {
      switch (step) {
        case Micro.ReadNull(Long key) -> named.add(key);
        case Micro.ReadValue(Long key, Long value) -> {
          named.add(key);
          if (found.put(key, value) != null && isQuiet(operation)) {
            find("scan-duplicate", "record %d came twice".formatted(key), operation);
          }
        }
        default -> find("garbage-read", "no record of ours: " + step, operation);
      }
    }
    found.forEach((key, value) -> compare(key, value, operation));
    (scan ? fates.keySet() : named)
        .forEach(key -> {
          if (!found.containsKey(key)) {
            missing(key, operation);
          }
        });
    scans += scan ? 1 : 0;
  }

  private static boolean isQuiet(Completions.Completed operation) {
    JsonElement quiet = operation.asked().extras().get(QUIET);
    return quiet != null && quiet.getAsBoolean();
  }

  private void compare(long key, long value, Completions.Completed operation) {
    Fate fate = fates.get(key);
    if (fate == null || !fate.attempted.contains(value)) {
      find("garbage-read", "nobody wrote %d to record %d".formatted(value, key), operation);
    } else if (fate.stoodStillSince(operation.invoked()) && fate.value != value) {
      String name = fate.value == GONE ? "deleted-record" : "stale-record";
      find(
          name,
          "record %d held %d all the time and came with %d".formatted(key, fate.value, value),
          operation,
          fate.settled);
    } else {
      lost.remove(key);
    }
  }

  private void missing(long key, Completions.Completed operation) {
    Fate fate = fates.get(key);
    if (fate != null && fate.stoodStillSince(operation.invoked()) && fate.value != GONE) {
      lost.add(key);
      find(
          "missing-record",
          "record %d held %d all the time and did not come".formatted(key, fate.value),
          operation,
          fate.settled);
    }
  }

  private void find(String name, String what, Completions.Completed operation, Long... others) {
    findings.add(
        Finding.at(
            name,
            "%s, from %d to %d, asked of %s"
                .formatted(
                    what,
                    operation.invoked(),
                    operation.finished(),
                    operation.asked().extras().getOrDefault(Facts.NODE, ANY)),
            operation.and(others)));
  }

  private static final JsonElement ANY = new JsonPrimitive("any node");
}
