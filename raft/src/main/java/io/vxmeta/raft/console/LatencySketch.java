package io.vxmeta.raft.console;

import java.util.concurrent.atomic.AtomicLongArray;

/// Counts durations in buckets whose bounds lie an eighth apart, and tells the quantiles of what
/// came since it was last asked.
final class LatencySketch {
  /* Threads: any number records; one turns.
   * A quantile is the upper bound of its bucket: at most an eighth above the truth, never below it. */

  private static final int STEP_BITS = 3;
  private static final int STEPS = 1 << STEP_BITS;
  private static final int BUCKETS = (Long.SIZE - STEP_BITS) * STEPS;

  private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);
  private final long[] seen = new long[BUCKETS];

  /// What came in one window; durations are 0 when nothing did.
  record Window(long count, long p50Nanos, long p99Nanos, long maxNanos) {
    static final Window EMPTY = new Window(0, 0, 0, 0);
  }

  void record(long nanos) {
    counts.getAndIncrement(bucketOf(Math.max(0, nanos)));
  }

  /// Ends a window and begins the next.
  Window turn() {
    long[] fresh = new long[BUCKETS];
    long total = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      long now = counts.get(bucket);
      fresh[bucket] = now - seen[bucket];
      seen[bucket] = now;
      total += fresh[bucket];
    }
    return total == 0
        ? Window.EMPTY
        : new Window(
            total,
            boundAt(fresh, total - total / 2),
            boundAt(fresh, total - total / 100),
            boundAt(fresh, total));
  }

  /// The bound below which that many lie.
  private static long boundAt(long[] fresh, long rank) {
    long passed = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      passed += fresh[bucket];
      if (passed >= rank) {
        return boundOf(bucket);
      }
    }
    throw new IllegalStateException("expected at most " + passed + " durations: rank=" + rank);
  }

  /// Small values have a bucket each; then every power of two has eight.
  static int bucketOf(long nanos) {
    if (nanos < STEPS) {
      return (int) nanos;
    }
    int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos) - STEP_BITS;
    return (shift + 1) * STEPS + (int) ((nanos >>> shift) & (STEPS - 1));
  }

  /// The largest value of a bucket.
  static long boundOf(int bucket) {
    if (bucket < STEPS) {
      return bucket;
    }
    int shift = bucket / STEPS - 1;
    long first = (long) (STEPS + bucket % STEPS) << shift;
    return first + (1L << shift) - 1;
  }
}
