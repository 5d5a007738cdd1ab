package io.vxmeta.statemachine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// One number that tells readers the group's revision and whether a transaction is half applied.
final class GroupSequence {
  /* Even 2r: the tables hold exactly the transactions up to revision r, which may jump (raiseTo). Odd 2r+1: the mutations of the transaction that will be
   * revision r+1 are being applied. Only the apply thread writes, and only in that order.
   * BEFORE a mutation: the odd number, then a release fence, so whoever sees a mutation also sees a number at least that odd.
   * AFTER the last mutation: the even number by a release store, so whoever sees it sees all of the mutations.
   * If apply dies half way the number stays odd for ever, and nobody reads or applies any more.
   */

  private static final VarHandle VALUE;

  static {
    try {
      VALUE = MethodHandles.lookup().findVarHandle(GroupSequence.class, "value", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("UnusedVariable") // through VALUE
  private long value;

  GroupSequence(long revision) {
    value = revision * 2;
  }

  /// Ordered after every earlier read of the calling thread and before every later one.
  long read() {
    VarHandle.acquireFence();
    return (long) VALUE.getAcquire(this);
  }

  /// The revision last completed.
  long revision() {
    return read() >>> 1;
  }

  static boolean halfApplied(long sequence) {
    return (sequence & 1) != 0;
  }

  /// Apply thread, BEFORE the first mutation of a transaction; returns the revision it will be.
  long begin() {
    long even = (long) VALUE.getOpaque(this);
    VALUE.setOpaque(this, even + 1);
    VarHandle.releaseFence();
    return (even >>> 1) + 1;
  }

  /// Apply thread, between transactions: no later one has a revision up to this.
  void raiseTo(long revision) {
    if (revision > revision()) {
      complete(revision);
    }
  }

  /// Apply thread, AFTER the last mutation.
  void complete(long revision) {
    VALUE.setRelease(this, revision * 2);
  }
}
