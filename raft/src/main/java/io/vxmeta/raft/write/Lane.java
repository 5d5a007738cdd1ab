package io.vxmeta.raft.write;

/// An ordered sequence of writes: a stream, or a single call.
public final class Lane {
  /* Guarded by the coalescer's monitor for admission; broken is volatile so that a failing proposal can mark it from any
   * thread BEFORE its caller hears of the failure and could send more.
   */
  private volatile boolean broken;

  boolean broken() {
    return broken;
  }

  void breakOff() {
    broken = true;
  }
}
