package io.vxmeta.chaos.seeded;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Tells on standard error how far a long series of trials has come.
final class Progress {
  /* Threads: the caller's plays the trial, one of its own tells the seconds meanwhile. A line begins every trial and another
   * comes every ten seconds: no cursor tricks, so that logs stay readable. */

  private static final long TELL_EVERY_SECONDS = 10;

  private final PrintWriter err;
  private final int subjects;
  private final long begun = System.nanoTime();
  private int subject = 1;

  Progress(PrintWriter err, int subjects) {
    this.err = err;
    this.subjects = subjects;
  }

  /// One trial.
  @FunctionalInterface
  interface Play {
    Trial play() throws InterruptedException;
  }

  /// Plays it, and tells that it is played until it is over.
  Trial show(String what, Play play) throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    long since = System.nanoTime();
    tell(what, since);
    Thread teller =
        Thread.ofPlatform().daemon().name("progress").start(() -> tellUntil(over, what, since));
    try {
      return play.play();
    } finally {
      over.countDown();
      teller.join();
    }
  }

  private void tellUntil(CountDownLatch over, String what, long since) {
    try {
      while (!over.await(TELL_EVERY_SECONDS, TimeUnit.SECONDS)) {
        tell(what, since);
      }
    } catch (InterruptedException nobodyReads) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(String what, long since) {
    say("%d of %d: %s, %d s".formatted(subject, subjects, what, seconds(since)));
  }

  /// The next bug or point.
  void next() {
    subject++;
  }

  /// The last line.
  void end(String summary) {
    say(String.format(Locale.ROOT, "%s; %d s", summary, seconds(begun)));
  }

  private static long seconds(long since) {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - since);
  }

  private void say(String line) {
    err.println(line);
    err.flush();
  }
}
