package io.vxmeta.chaos.nemesis;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Looks again and again until something is so, or its patience is over.
///
/// @param every between two looks
record Lookout(Duration patience, Duration every) {
  /* An interrupt ends the wait: with the flag set nobody could park any more, and the wait would spin. */

  /// What is looked for.
  @FunctionalInterface
  interface Sight {
    boolean isThere() throws IOException;
  }

  /// Whether it came to be so in time.
  boolean sees(Sight sight) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!sight.isThere()) {
      if (System.nanoTime() >= deadline) {
        return false;
      }
      rest(every);
    }
    return true;
  }

  static void rest(Duration length) throws InterruptedException {
    LockSupport.parkNanos(length.toNanos());
    if (Thread.interrupted()) {
      throw new InterruptedException("a fault was interrupted while it waited");
    }
  }
}
