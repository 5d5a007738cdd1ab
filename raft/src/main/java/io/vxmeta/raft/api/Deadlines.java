package io.vxmeta.raft.api;

import io.grpc.Context;
import io.grpc.Deadline;
import java.util.concurrent.TimeUnit;

/// How long a call may wait, on this machine's monotonic clock.
final class Deadlines {
  /// For callers that set no deadline: nothing waits for ever.
  static final long DEFAULT_MS = 10_000;

  /// A caller may not hold a place in a queue for longer than this.
  static final long MAX_MS = 60_000;

  private Deadlines() {}

  /// Nanosecond time at which the current call has lost its caller.
  static long ofCall() {
    Deadline deadline = Context.current().getDeadline();
    long leftMs =
        deadline == null
            ? DEFAULT_MS
            : Math.min(MAX_MS, deadline.timeRemaining(TimeUnit.MILLISECONDS));
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(leftMs);
  }

  /// Nanosecond time for one read of a stream, whose own deadline may be far away or missing.
  static long ofStreamedRead() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DEFAULT_MS);
  }
}
