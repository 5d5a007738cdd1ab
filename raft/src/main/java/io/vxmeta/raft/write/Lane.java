package io.vxmeta.raft.write;

import org.jspecify.annotations.Nullable;

/// An ordered sequence of writes: a stream, or a single call.
public final class Lane {
  /* Guarded by the coalescer's monitor for admission; broken is volatile so that a failing proposal can mark it from any
   * thread BEFORE its caller hears of the failure and could send more.
   */
  private volatile boolean broken;

  private FairQueue.@Nullable Share share;

  boolean broken() {
    return broken;
  }

  /// Where this lane waits, under the coalescer's monitor.
  FairQueue.@Nullable Share share() {
    return share;
  }

  void share(FairQueue.Share first) {
    share = first;
  }

  void breakOff() {
    broken = true;
  }
}
