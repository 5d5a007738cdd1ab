package io.vxmeta.statemachine.bench;

import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/// What applying does to a table's memory: words in random lines, at a steady rate, each timed.
final class LineWriter {

  /// About what a node applies on a small machine.
  private static final int WRITES_A_SECOND = 100_000;

  private static final int BURST = 100;
  private static final long BURST_NANOS = 1_000_000_000L / (WRITES_A_SECOND / BURST);
  private static final long NANOS_MAX = 60_000_000_000L;

  private final LineReads lines;
  private final Histogram latencies = new Histogram(NANOS_MAX, 3);
  private final Thread thread;
  private volatile boolean stopped;

  private LineWriter(LineReads lines) {
    this.lines = lines;
    this.thread = Thread.ofPlatform().name("bench-writer").daemon().unstarted(this::run);
  }

  static LineWriter start(LineReads lines) {
    LineWriter writer = new LineWriter(lines);
    writer.thread.start();
    return writer;
  }

  private void run() {
    SplittableRandom random = new SplittableRandom(2);
    long[] offsets = new long[BURST];
    long next = System.nanoTime();
    while (!stopped) {
      lines.choose(random, offsets);
      for (long offset : offsets) {
        long before = System.nanoTime();
        lines.write(offset + Long.BYTES * 2, before);
        latencies.recordValue(Math.min(System.nanoTime() - before, NANOS_MAX));
      }
      next += BURST_NANOS;
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  Histogram stop() throws InterruptedException {
    stopped = true;
    thread.join();
    return latencies;
  }
}
