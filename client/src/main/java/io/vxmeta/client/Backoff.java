package io.vxmeta.client;

import java.time.Duration;
import java.util.Random;

/// Pauses between attempts: doubling from a few milliseconds to a cap, each cut by up to half at
/// random.
final class Backoff {
  /* Threads: the owner's only; the random source may be shared. */

  /// Shorter than an election, so that a new leader is found soon after it leads.
  static final Duration FIRST = Duration.ofMillis(8);

  /// A cluster in trouble is asked about four times a second by each caller.
  static final Duration CAP = Duration.ofMillis(250);

  private final Random random;
  private int failures;

  Backoff(Random random) {
    this.random = random;
  }

  Duration next() {
    long capped = Math.min(CAP.toNanos(), FIRST.toNanos() << Math.min(failures++, 16));
    long half = capped / 2;
    return Duration.ofNanos(half + (long) (random.nextDouble() * half));
  }

  void onSuccess() {
    failures = 0;
  }
}
