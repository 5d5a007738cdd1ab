package io.vxmeta.chaos.bench.contest;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.HdrHistogram.Recorder;

/// Keeps a fixed number of calls in flight: each answer makes room for the next call.
final class ClosedLoop implements Loop {
  /* Threads: one virtual thread for each call in flight; the recorder is thread-safe.
   * A closed loop measures what so many patient callers get. It hides how long a call would have waited that could not be
   * made while the cluster stood still: read its tail percentiles with that in mind. */

  private static final int DIGITS = 3;

  private final int inFlight;
  private final Supplier<CompletableFuture<Long>> call;
  private final Recorder recorder = new Recorder(DIGITS);
  private final AtomicLong operations = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  /// @param call starts one call; its future tells how many operations were answered
  ClosedLoop(int inFlight, Supplier<CompletableFuture<Long>> call) {
    this.inFlight = inFlight;
    this.call = call;
  }

  @Override
  public Counts run(Duration duration) throws InterruptedException {
    long end = System.nanoTime() + duration.toNanos();
    CountDownLatch running = new CountDownLatch(inFlight);
    for (int i = 0; i < inFlight; i++) {
      Thread.ofVirtual().name("load-" + i).start(() -> loop(end, running));
    }
    running.await();
    return new Counts(
        operations.getAndSet(0), failures.getAndSet(0), recorder.getIntervalHistogram());
  }

  private void loop(long end, CountDownLatch running) {
    try {
      while (System.nanoTime() < end) {
        one();
      }
    } finally {
      running.countDown();
    }
  }

  private void one() {
    long start = System.nanoTime();
    try {
      long answered = call.get().join();
      recorder.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start));
      operations.addAndGet(answered);
    } catch (java.util.concurrent.CompletionException refusedOrUnknown) {
      failures.incrementAndGet();
    }
  }
}
