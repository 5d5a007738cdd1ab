package io.vxmeta.client;

import java.util.concurrent.TimeUnit;

/// A moment by both clocks of this machine.
record Moment(long monotonicNanos, long wallMs) {

  static Moment now() {
    return new Moment(System.nanoTime(), System.currentTimeMillis());
  }

  /// How long ago the earlier moment was, by the clock that says more: the monotonic one stands
  /// still while a machine is suspended, the other one may be set back.
  long nanosSince(Moment earlier) {
    return Math.max(
        monotonicNanos - earlier.monotonicNanos,
        TimeUnit.MILLISECONDS.toNanos(wallMs - earlier.wallMs));
  }
}
