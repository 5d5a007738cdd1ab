package io.vxmeta.raft.peer;

import java.util.concurrent.TimeUnit;

/// Keeps one transfer at a steady rate, so that it leaves disk and network to the writes.
final class SendPace {
  /// Unused time is not saved up beyond this: a burst after a pause would be what the pace is there
  /// to prevent.
  private static final long CREDIT_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(10);

  private final long bytesPerSecond;
  private long freeAtNanos;

  SendPace(long bytesPerSecond, long nowNanos) {
    this.bytesPerSecond = bytesPerSecond;
    this.freeAtNanos = nowNanos;
  }

  /// How long to wait before these bytes may go.
  long delayNanos(int bytes, long nowNanos) {
    long begin = Math.max(freeAtNanos, nowNanos - CREDIT_NANOS_MAX);
    freeAtNanos = begin + TimeUnit.SECONDS.toNanos(bytes) / bytesPerSecond;
    return Math.max(0, begin - nowNanos);
  }
}
