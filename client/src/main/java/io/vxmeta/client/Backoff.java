package io.vxmeta.client;

import java.time.Duration;
import java.util.Random;

/// Pauses between attempts: a few milliseconds each at first, some tens for as long as an election
/// takes, then doubling to a cap, each cut by up to half at random.
final class Backoff {
  /* Threads: the owner's only; the random source may be shared. */

  /// Shorter than an election, so that a new leader is found soon after it leads.
  static final Duration FIRST = Duration.ofMillis(8);

  /// So many pauses do not grow: a lead that is handed over, or a shard that is, takes some tens of
  /// milliseconds, of which the last pause should be a small part. Who is busy says for how long.
  static final int EVEN = 6;

  /// While a group elects: of the time without a leader the last pause adds a small part.
  static final Duration ELECTION = Duration.ofMillis(32);

  /// So many pauses reach as far as a second: who is silent then is not electing.
  static final int ELECTING = 40;

  /// A cluster in trouble is asked about four times a second by each caller.
  static final Duration CAP = Duration.ofMillis(250);

  private final Random random;
  private int failures;

  Backoff(Random random) {
    this.random = random;
  }

  Duration next() {
    long half = longestNanos(failures++) / 2;
    return Duration.ofNanos(half + (long) (random.nextDouble() * half));
  }

  private static long longestNanos(int failures) {
    if (failures < EVEN) {
      return FIRST.toNanos();
    }
    if (failures < EVEN + ELECTING) {
      return ELECTION.toNanos();
    }
    int doublings = Math.min(failures - EVEN - ELECTING + 1, 16);
    return Math.min(CAP.toNanos(), ELECTION.toNanos() << doublings);
  }

  void onSuccess() {
    failures = 0;
  }
}
