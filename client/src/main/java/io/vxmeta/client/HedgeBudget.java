package io.vxmeta.client;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// Lets a client ask twice for a small part of what it reads, however slow the nodes are.
final class HedgeBudget {
  /* Threads: any. A question, which is what a read asks of one shard group, earns a tenth of a second one. So when all nodes become slow
   * at once, which is when everything would like to be asked twice, the load on them rises by a tenth and no more. */

  /// Questions that earn a second one.
  static final int QUESTIONS_PER_HEDGE = 10;

  /// Second questions that may be saved up.
  static final int SAVED_MAX = 100;

  private final AtomicInteger earned = new AtomicInteger(SAVED_MAX * QUESTIONS_PER_HEDGE);
  private final LongAdder spent = new LongAdder();

  void earn() {
    int unused =
        earned.updateAndGet(questions -> Math.min(questions + 1, SAVED_MAX * QUESTIONS_PER_HEDGE));
  }

  /// Whether one second question may be asked now.
  boolean spend() {
    int before =
        earned.getAndUpdate(questions ->
            questions < QUESTIONS_PER_HEDGE ? questions : questions - QUESTIONS_PER_HEDGE);
    if (before < QUESTIONS_PER_HEDGE) {
      return false;
    }
    spent.increment();
    return true;
  }

  /// Second questions asked so far.
  long spent() {
    return spent.sum();
  }
}
