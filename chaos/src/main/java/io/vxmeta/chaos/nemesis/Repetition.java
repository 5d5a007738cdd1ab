package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.NodeStopped;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Does something again and again until it is ended.
final class Repetition {
  /* Threads: one of its own, a platform thread, because a virtual one may wait long for its turn on a machine under load.
   * Invariants: the first stroke is always done in full; after the end no other begins. What a stroke throws ends the
   *   repetition and comes out of end(). */

  /// One turn; `random` is the repetition's own.
  @FunctionalInterface
  interface Stroke {
    void strike(Repetition turn, Random random)
        throws IOException, InterruptedException, NodeStopped;
  }

  /// No stroke takes as long: a start that is waited for takes some minutes at most.
  private static final Duration STROKE_MOST = Duration.ofMinutes(5);

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread;
  private volatile int strokes;
  private volatile @Nullable Exception broken;

  private Repetition(String name, long seed, Stroke stroke) {
    Random random = new Random(seed);
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(() -> run(stroke, random));
  }

  static Repetition start(String name, Random random, Stroke stroke) {
    Repetition repetition = new Repetition(name, random.nextLong(), stroke);
    repetition.thread.start();
    return repetition;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // One thread counts, others read.
  private void run(Stroke stroke, Random random) {
    try {
      do {
        stroke.strike(this, random);
        strokes++;
      } while (!isEnding());
    } catch (IOException | InterruptedException | NodeStopped | RuntimeException e) {
      broken = e;
    }
  }

  /// Waits between two things of a stroke; cut short by the end, except in the first stroke.
  void rest(Random random, int leastMs, int mostMs) throws InterruptedException {
    CountDownLatch until = strokes == 0 ? new CountDownLatch(1) : ended;
    boolean _ = until.await(random.nextInt(leastMs, mostMs + 1), TimeUnit.MILLISECONDS);
  }

  boolean isEnding() {
    return ended.getCount() == 0;
  }

  /// Lets the stroke under way finish; returns how many there were.
  int end() throws IOException, InterruptedException, NodeStopped {
    ended.countDown();
    if (!thread.join(STROKE_MOST)) {
      thread.interrupt();
      throw new IOException(
          "a repeated fault did not end: name=%s waited=%s"
              .formatted(thread.getName(), STROKE_MOST));
    }
    Exception problem = broken;
    switch (problem) {
      case null -> {}
      case IOException e -> throw e;
      case InterruptedException e -> throw e;
      case NodeStopped e -> throw e;
      default ->
          throw new IllegalStateException("a repeated fault broke: " + thread.getName(), problem);
    }
    return strokes;
  }
}
