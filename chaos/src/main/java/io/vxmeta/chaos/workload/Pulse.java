package io.vxmeta.chaos.workload;

/// Hears of each call as it ends, for throughput, latency and gaps; called from many threads.
public interface Pulse {

  /// What was asked.
  enum Call {
    READ,
    WRITE
  }

  /// How it ended: answered, certainly not done, not known.
  enum Ending {
    OK,
    FAIL,
    INFO
  }

  /// Times are of [System#nanoTime].
  void ended(Call call, Ending ending, long startNanos, long endNanos);
}
