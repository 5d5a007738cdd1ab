package io.vxmeta.chaos.bench.contest;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/// Makes calls at fixed moments, whether or not earlier ones are answered.
public final class OpenLoop implements Loop {
  /* Threads: the caller's makes the calls; answers are counted on theirs.
   * A latency begins at the moment when the call was due, so that a call held up by a store that stood still, or by this
   *   loop, counts with its wait (no coordinated omission).
   * Bounded: with OUTSTANDING_MAX calls without an answer the loop waits, and what it then makes late counts as late. */

  static final int OUTSTANDING_MAX = 20_000;

  private static final int DIGITS = 3;

  private final long intervalNanos;
  private final Supplier<CompletableFuture<Long>> call;
  private final Recorder recorder = new Recorder(DIGITS);
  private final AtomicLong operations = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final Semaphore room = new Semaphore(OUTSTANDING_MAX);

  /// @param call starts one call; its future tells how many operations were answered
  public OpenLoop(double perSecond, Supplier<CompletableFuture<Long>> call) {
    this.intervalNanos = Math.max(1, Math.round(TimeUnit.SECONDS.toNanos(1) / perSecond));
    this.call = call;
  }

  @Override
  public Counts run(Duration duration) throws InterruptedException {
    long begun = System.nanoTime();
    return runWhile(begun, due -> due - begun < duration.toNanos());
  }

  /// Runs for as long as it is wanted, and until every call is answered.
  public Counts runWhile(BooleanSupplier wanted) throws InterruptedException {
    return runWhile(System.nanoTime(), _ -> wanted.getAsBoolean());
  }

  private Counts runWhile(long begun, LongPredicate wanted) throws InterruptedException {
    long due = begun;
    while (wanted.test(due)) {
      for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      room.acquire();
      begin(due);
      due += intervalNanos;
    }
    room.acquire(OUTSTANDING_MAX);
    room.release(OUTSTANDING_MAX);
    return new Counts(
        operations.getAndSet(0), failures.getAndSet(0), recorder.getIntervalHistogram());
  }

  private void begin(long due) {
    var _ = call.get().whenComplete((answered, problem) -> onEnd(due, answered, problem));
  }

  private void onEnd(long due, @Nullable Long answered, @Nullable Throwable problem) {
    if (answered != null && problem == null) {
      recorder.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - due));
      operations.addAndGet(answered);
    } else {
      failures.incrementAndGet();
    }
    room.release();
  }
}
