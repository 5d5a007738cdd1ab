package io.vxmeta.raft.move;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// How long a shard took no writes at most, as the coordinator saw it, and in which steps that time
/// went.
final class FrozenTime {
  /* From BEFORE the freeze is proposed until the acceptance is answered AND the new map is written beside it, so never shorter than it
   * was. Who takes a move over after the freeze does not know when that was, and says nothing. */

  private final LongSupplier nanoClock;
  private final StringBuilder steps = new StringBuilder();
  private long frozenAtNanos;
  private long steppedAtNanos;
  private boolean known;

  FrozenTime(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /// Before the freeze is proposed.
  void begin() {
    steps.setLength(0);
    frozenAtNanos = nanoClock.getAsLong();
    steppedAtNanos = frozenAtNanos;
    known = true;
  }

  /// A step has ended.
  void step(String name) {
    if (known) {
      long now = nanoClock.getAsLong();
      steps.append(' ').append(name).append("_ms=").append(milliseconds(now - steppedAtNanos));
      steppedAtNanos = now;
    }
  }

  private static long milliseconds(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  /// For the log; empty if nobody here saw the freeze.
  @Override
  public String toString() {
    return known ? " frozen_ms=" + milliseconds(steppedAtNanos - frozenAtNanos) + steps : "";
  }
}
