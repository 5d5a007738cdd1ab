package io.vxmeta.chaos.bench.contest;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/// A way to make calls for some time.
public sealed interface Loop permits ClosedLoop, OpenLoop {

  /// What was counted in one run; latencies of calls in microseconds.
  record Counts(long operations, long failures, Histogram latencies) {}

  /// Runs for the given time and until every call is answered.
  Counts run(Duration duration) throws InterruptedException;
}
