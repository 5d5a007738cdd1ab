package io.vxmeta.chaos.run;

import io.vxmeta.chaos.run.RunRecord.FaultEntry;
import io.vxmeta.chaos.run.RunRecord.NotDone;
import io.vxmeta.chaos.run.RunRecord.PeriodEntry;
import io.vxmeta.chaos.run.RunRecord.Trouble;
import io.vxmeta.chaos.run.RunRecord.Weight;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongBinaryOperator;

/// Keeps what happens in a run, and tells it as it happens.
final class Chronicle {
  /* Threads: any may write; lines do not mix. */

  private final PrintStream out;
  private final long origin;
  private final List<FaultEntry> faults = new ArrayList<>();
  private final List<NotDone> notDone = new ArrayList<>();
  private final List<PeriodEntry> periods = new ArrayList<>();
  private final List<Trouble> troubles = new ArrayList<>();

  Chronicle(PrintStream out, long origin) {
    this.out = out;
    this.origin = origin;
  }

  /// Seconds from the start of the traffic.
  double at(long nanos) {
    return (nanos - origin) / 1e9;
  }

  synchronized void tell(String what) {
    out.println(String.format(Locale.ROOT, "%7.1fs  %s", at(System.nanoTime()), what));
    out.flush();
  }

  synchronized void add(PeriodEntry period) {
    periods.add(period);
  }

  synchronized void add(FaultEntry fault) {
    faults.add(fault);
    tell(
        "%s %s: %s; write gap so far %,d ms"
            .formatted(
                fault.bit() ? "mended" : "HAD NO EFFECT",
                fault.name(),
                fault.evidence(),
                fault.writeGapMs()));
  }

  synchronized void notDone(String fault, String why) {
    notDone.add(new NotDone(at(System.nanoTime()), fault, why));
    tell("not done: fault=%s reason=%s".formatted(fault, why));
  }

  /// Known before the run began, and told then.
  synchronized void leftOut(String fault, String why) {
    notDone.add(new NotDone(0, fault, why));
  }

  /// Whether no fault that was dealt had an effect.
  synchronized boolean noneBit() {
    return faults.stream().noneMatch(FaultEntry::bitAsPlanned);
  }

  /// Faults that were dealt and never once showed an effect, as in company that overshadowed them.
  synchronized List<String> neverBit() {
    Set<String> names = new TreeSet<>();
    faults.forEach(fault -> names.add(fault.name()));
    faults.stream().filter(FaultEntry::bit).map(FaultEntry::name).forEach(names::remove);
    return List.copyOf(names);
  }

  /// Gaps go on after a fault is mended; asked when they are over.
  ///
  /// @param gapMillis the longest that began between two times of [System#nanoTime]
  synchronized void completeGaps(Duration aftermath, LongBinaryOperator gapMillis) {
    faults.replaceAll(fault ->
        fault.withWriteGap(
            gapMillis.applyAsLong(nanos(fault.from()), nanos(fault.to()) + aftermath.toNanos())));
  }

  private long nanos(double at) {
    return origin + (long) (at * 1e9);
  }

  synchronized void trouble(String name, Weight weight, String text) {
    troubles.add(new Trouble(at(System.nanoTime()), name, weight, text));
    tell("%s %s: %s".formatted(weight, name, text));
  }

  synchronized List<FaultEntry> faults() {
    return List.copyOf(faults);
  }

  synchronized List<NotDone> notDone() {
    return List.copyOf(notDone);
  }

  synchronized List<PeriodEntry> periods() {
    return List.copyOf(periods);
  }

  synchronized List<Trouble> troubles() {
    return List.copyOf(troubles);
  }
}
