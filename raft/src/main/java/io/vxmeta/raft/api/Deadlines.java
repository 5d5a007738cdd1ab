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

  /// Part of the caller's time that is kept for telling it why, instead of letting its deadline
  /// pass in silence.
  private static final long ANSWER_SHARE = 10;

  private static final long ANSWER_MS_MAX = 200;

  private Deadlines() {}

  /// Nanosecond time at which the current call has lost its caller.
  static long ofCall() {
    Deadline deadline = Context.current().getDeadline();
    long leftMs =
        deadline == null
            ? DEFAULT_MS
            : Math.min(MAX_MS, deadline.timeRemaining(TimeUnit.MILLISECONDS));
    long answerMs = Math.min(leftMs / ANSWER_SHARE, ANSWER_MS_MAX);
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(leftMs - answerMs);
  }

  /// Nanosecond time for one read of a stream, whose own deadline may be far away or missing.
  static long ofStreamedRead() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DEFAULT_MS);
  }
}
