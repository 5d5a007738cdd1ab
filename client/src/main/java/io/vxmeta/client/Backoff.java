package io.vxmeta.client;

import java.time.Duration;
import java.util.Random;

/// Pauses between attempts: a few milliseconds each at first, then doubling to a cap, each cut by
/// up to half at random.
final class Backoff {
  /* Threads: the owner's only; the random source may be shared. */

  /// Shorter than an election, so that a new leader is found soon after it leads.
  static final Duration FIRST = Duration.ofMillis(8);

  /// So many pauses do not grow: a lead that is handed over, or a shard that is, takes some tens of
  /// milliseconds, of which the last pause should be a small part. Who is busy says for how long.
  static final int EVEN = 6;

  /// A cluster in trouble is asked about four times a second by each caller.
  static final Duration CAP = Duration.ofMillis(250);

  private final Random random;
  private int failures;

  Backoff(Random random) {
    this.random = random;
  }

  Duration next() {
    long capped = Math.min(CAP.toNanos(), FIRST.toNanos() << growth(failures++));
    long half = capped / 2;
    return Duration.ofNanos(half + (long) (random.nextDouble() * half));
  }

  private static int growth(int failures) {
    return Math.max(0, Math.min(failures - EVEN + 1, 16));
  }

  void onSuccess() {
    failures = 0;
  }
}
