package io.vxmeta.client;

import java.time.Duration;

/// A point in time, by the monotonic clock, after which nobody waits for an answer.
record Deadline(long atNanos) {

  /// Too short to ask anybody over a network.
  private static final Duration TOO_SHORT = Duration.ofMillis(2);

  static Deadline after(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos());
  }

  Duration remaining() {
    return Duration.ofNanos(Math.max(0, atNanos - System.nanoTime()));
  }

  boolean isOver() {
    return remaining().compareTo(TOO_SHORT) < 0;
  }

  Duration remainingAtMost(Duration limit) {
    Duration remaining = remaining();
    return remaining.compareTo(limit) < 0 ? remaining : limit;
  }
}
