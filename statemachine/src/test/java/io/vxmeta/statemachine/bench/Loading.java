package io.vxmeta.statemachine.bench;

import org.HdrHistogram.Histogram;

/// Fills a store with all records, one put after the other, and times each.
final class Loading {
  /* A busy machine takes the processor away for milliseconds, which is no property of the store. So there are two histograms:
   * of time that passed, and of time that passed less what the thread was off the processor within a window of WINDOW puts.
   * The second one leaves out a put's own waiting for the disk, too; both are reported. */

  private static final int WINDOW = 256;
  private static final long SLOW_NANOS = 20_000;
  private static final long NANOS_MAX = 60_000_000_000L;

  private final Histogram passed = new Histogram(NANOS_MAX, 3);
  private final Histogram onProcessor = new Histogram(NANOS_MAX, 3);
  private final Store store;
  private final int keys;
  private long windowWall;
  private long windowCpu;

  private Loading(Store store, int keys) {
    this.store = store;
    this.keys = keys;
  }

  record Growth(long p9999Nanos, long maxNanos, long cpuP9999Nanos, long cpuMaxNanos) {}

  static Growth of(Store store, int keys) {
    return new Loading(store, keys).run();
  }

  private Growth run() {
    byte[] key = new byte[Records.KEY_BYTES];
    byte[] value = new byte[Records.VALUE_BYTES];
    for (int i = 0; i < keys; i++) {
      Records.key(i, key);
      Records.value(i, 0, value);
      if (i % WINDOW == 0) {
        openWindow();
      }
      long before = System.nanoTime();
      store.put(key, value);
      count(System.nanoTime() - before);
    }
    return new Growth(
        passed.getValueAtPercentile(99.99),
        passed.getMaxValue(),
        onProcessor.getValueAtPercentile(99.99),
        onProcessor.getMaxValue());
  }

  private void openWindow() {
    windowWall = System.nanoTime();
    windowCpu = Stopwatch.onProcessorNanos();
  }

  private void count(long nanos) {
    passed.recordValue(Math.min(nanos, NANOS_MAX));
    long own = nanos;
    if (nanos > SLOW_NANOS) {
      long off = System.nanoTime() - windowWall - (Stopwatch.onProcessorNanos() - windowCpu);
      own = Math.max(0, nanos - Math.max(0, off));
      openWindow();
    }
    onProcessor.recordValue(Math.min(own, NANOS_MAX));
  }
}
