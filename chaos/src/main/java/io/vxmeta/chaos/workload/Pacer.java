package io.vxmeta.chaos.workload;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Gives all clients of a workload their turns, so many a second together.
final class Pacer {
  /* Threads: any. A turn is an instant; each taker gets the next one, and parks until it comes. Turns that nobody took while
   * all clients waited for answers are forgiven but for a second's worth, so that a healed cluster meets a burst and not a
   * flood. */

  private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long intervalNanos;
  private final AtomicLong next;

  Pacer(int turnsPerSecond) {
    if (turnsPerSecond < 1) {
      throw new IllegalArgumentException(
          "expected at least one turn a second: turns=" + turnsPerSecond + "; mend the plan");
    }
    intervalNanos = TimeUnit.SECONDS.toNanos(1) / turnsPerSecond;
    next = new AtomicLong(System.nanoTime());
  }

  /// Returns when it is the caller's turn, or soon after `ended` says so and the caller is
  /// unparked.
  void await(BooleanSupplier ended) {
    long oldest = System.nanoTime() - BURST_NANOS;
    long turn = next.updateAndGet(last -> Math.max(last, oldest) + intervalNanos);
    pause(turn - System.nanoTime(), ended);
  }

  /// Lets so much time pass, less when the caller is to end.
  static void pause(long nanos, BooleanSupplier ended) {
    long until = System.nanoTime() + nanos;
    for (long left = nanos; left > 0 && !ended.getAsBoolean(); left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
