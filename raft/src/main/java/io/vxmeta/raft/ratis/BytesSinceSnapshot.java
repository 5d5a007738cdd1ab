package io.vxmeta.raft.ratis;

import java.util.concurrent.atomic.AtomicLong;

/// Counts the bytes of log entries that a restart would replay.
final class BytesSinceSnapshot {
  /* Threads: the apply thread counts, cuts and reports a snapshot durable; any thread may ask.
   * What is applied between a cut and the moment its snapshot counts is behind the cut, so it stays.
   */
  private final AtomicLong bytes = new AtomicLong();
  private long beforeCut;

  /// The state was loaded anew: nothing is applied behind its snapshot.
  void restart() {
    bytes.set(0);
    beforeCut = 0;
  }

  void applied(int entryBytes) {
    long _ = bytes.addAndGet(entryBytes);
  }

  void cut() {
    beforeCut = bytes.get();
  }

  void durable() {
    long _ = bytes.addAndGet(-beforeCut);
    beforeCut = 0;
  }

  long bytes() {
    return bytes.get();
  }
}
