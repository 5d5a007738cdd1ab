package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.check.linear.RegisterOperation;
import io.vxmeta.chaos.check.linear.SetReads;
import io.vxmeta.chaos.check.linear.SetReads.Added;
import io.vxmeta.chaos.check.linear.SetReads.Read;
import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Rules on a history of sets, each for itself.
final class SetRuling implements Completions.Listener {
  private final Map<Object, OneSet> sets = new TreeMap<>(Comparator.comparing(Object::toString));
  private final Completions completions = new Completions();

  private SetRuling() {}

  /// What is known of one set. Adds without an answer are finished never.
  private static final class OneSet {
    private final Map<Long, Added> added = new HashMap<>();
    private final List<Read> reads = new ArrayList<>();
    private final List<String> garbage = new ArrayList<>();
  }

  static Ruling of(Path file) throws IOException {
    SetRuling ruling = new SetRuling();
    HistoryReader.operations(file, event -> ruling.completions.take(event, ruling));
    return ruling.rule();
  }

  private OneSet set(Micro step) {
    return sets.computeIfAbsent(step.key(), _ -> new OneSet());
  }

  @Override
  public void asked(Operation asked) {
    if (asked.value().getFirst() instanceof Micro.Add add) {
      set(add)
          .added
          .put(add.amount(), new Added(add.amount(), asked.index(), RegisterOperation.NEVER));
    }
  }

  @Override
  public void ended(Completions.Completed operation) {
    Micro step = operation.ended().value().getFirst();
    switch (operation.ended().type()) {
      case OK -> {
        if (step instanceof Micro.Add add) {
          set(add)
              .added
              .put(
                  add.amount(), new Added(add.amount(), operation.invoked(), operation.finished()));
        } else if (step instanceof Micro.ReadList read) {
          read(set(read), read, operation);
        }
      }
      case FAIL -> {
        if (step instanceof Micro.Add add) {
          set(add).added.remove(add.amount());
        }
      }
      case INFO, INVOKE -> {
        // An add in doubt stays unfinished.
      }
    }
  }

  private static void read(OneSet set, Micro.ReadList read, Completions.Completed operation) {
    List<Long> elements = new ArrayList<>();
    for (Object element : read.elements()) {
      if (element instanceof Long number) {
        elements.add(number);
      } else {
        set.garbage.add("set=%s found=%s".formatted(read.key(), element));
      }
    }
    set.reads.add(new Read(elements, operation.invoked(), operation.finished()));
  }

  private Ruling rule() {
    Ruling ruling = new Ruling("set", List.of(), "", 0);
    for (Map.Entry<Object, OneSet> each : sets.entrySet()) {
      OneSet set = each.getValue();
      Ruling one =
          Ruling.of(
              "set", "set-anomaly", SetReads.judge(List.copyOf(set.added.values()), set.reads));
      ruling = ruling.with(one.naming("set " + each.getKey()).losing(lost(set)));
      if (!set.garbage.isEmpty()) {
        ruling = ruling.with(Ruling.found("set", "garbage-read", set.garbage.getFirst()));
      }
    }
    return sets.isEmpty() ? new Ruling("set", List.of(), "nothing was asked", 0) : ruling;
  }

  /// Acknowledged elements that the read that began last lacks.
  private static long lost(OneSet set) {
    if (set.reads.isEmpty()) {
      return 0;
    }
    Read last = set.reads.stream().max(Comparator.comparingLong(Read::invoked)).orElseThrow();
    Set<Long> there = new HashSet<>(last.elements());
    return set.added.values().stream()
        .filter(one -> one.finished() < last.invoked() && !there.contains(one.element()))
        .count();
  }
}
