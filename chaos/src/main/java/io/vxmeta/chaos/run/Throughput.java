package io.vxmeta.chaos.run;

import io.vxmeta.chaos.workload.Pulse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;

/// Counts what the clients of a run were answered, second by second.
final class Throughput implements Pulse {
  /* Threads: every client's. A call belongs to the second it ended in. Memory: one small histogram a second, folded to a few
   * numbers once the second is past. */

  /// Slower answers count as this slow.
  private static final long LATENCY_MAX_US = TimeUnit.MINUTES.toMicros(2);

  /// Calls end a little after the second they are counted in; then it is folded.
  private static final int OPEN_SECONDS = 3;

  private final long origin;
  private final LongAdder answered = new LongAdder();
  private final ConcurrentSkipListMap<Integer, Open> open = new ConcurrentSkipListMap<>();
  private final TreeMap<Integer, Second> folded = new TreeMap<>();

  /// What happened in one second, counted from the start of the run; latencies of answered calls in
  /// ms.
  record Second(
      int at, long reads, long writes, long fails, long infos, double p50, double p99, double max) {
    long answered() {
      return reads + writes;
    }
  }

  private static final class Open {
    long reads;
    long writes;
    long fails;
    long infos;
    final Histogram latencies = new Histogram(LATENCY_MAX_US, 2);

    synchronized void add(Call call, Ending ending, long micros) {
      switch (ending) {
        case FAIL -> fails++;
        case INFO -> infos++;
        case OK -> {
          reads += call == Call.READ ? 1 : 0;
          writes += call == Call.WRITE ? 1 : 0;
          latencies.recordValue(Math.clamp(micros, 0, LATENCY_MAX_US));
        }
      }
    }

    synchronized Second fold(int at) {
      return new Second(
          at,
          reads,
          writes,
          fails,
          infos,
          latencies.getValueAtPercentile(50) / 1e3,
          latencies.getValueAtPercentile(99) / 1e3,
          latencies.getMaxValue() / 1e3);
    }
  }

  Throughput(long origin) {
    this.origin = origin;
  }

  @Override
  public void ended(Call call, Ending ending, long startNanos, long endNanos) {
    if (ending == Ending.OK) {
      answered.increment();
    }
    int second = (int) TimeUnit.NANOSECONDS.toSeconds(endNanos - origin);
    open.computeIfAbsent(second, _ -> new Open())
        .add(call, ending, TimeUnit.NANOSECONDS.toMicros(endNanos - startNanos));
    if (open.firstKey() < second - OPEN_SECONDS) {
      foldBefore(second - OPEN_SECONDS);
    }
  }

  /// Calls answered so far.
  long answered() {
    return answered.sum();
  }

  private synchronized void foldBefore(int second) {
    for (Map.Entry<Integer, Open> past = open.firstEntry();
        past != null && past.getKey() < second;
        past = open.firstEntry()) {
      open.remove(past.getKey());
      folded.merge(past.getKey(), past.getValue().fold(past.getKey()), Throughput::sum);
    }
  }

  /// A call that ended long ago and is told of only now opens its second again.
  private static Second sum(Second a, Second b) {
    return new Second(
        a.at,
        a.reads + b.reads,
        a.writes + b.writes,
        a.fails + b.fails,
        a.infos + b.infos,
        Math.max(a.p50, b.p50),
        Math.max(a.p99, b.p99),
        Math.max(a.max, b.max));
  }

  /// All seconds in order, those without any call included.
  synchronized List<Second> seconds() {
    foldBefore(Integer.MAX_VALUE);
    List<Second> all = new ArrayList<>();
    int last = folded.isEmpty() ? -1 : folded.lastKey();
    for (int at = 0; at <= last; at++) {
      all.add(folded.getOrDefault(at, new Second(at, 0, 0, 0, 0, 0, 0, 0)));
    }
    return all;
  }
}
