package io.vxmeta.client;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// Lets a client ask twice for a small part of its reads, however slow the nodes are.
final class HedgeBudget {
  /* Threads: any. A read earns a tenth of a second question. So when all nodes become slow at once, which is when every read
   * would like to be asked twice, the load on them rises by a tenth and no more. */

  /// Reads that earn one second question.
  static final int READS_PER_HEDGE = 10;

  /// Second questions that may be saved up.
  static final int SAVED_MAX = 100;

  private final AtomicInteger earned = new AtomicInteger(SAVED_MAX * READS_PER_HEDGE);
  private final LongAdder spent = new LongAdder();

  void earn() {
    int unused = earned.updateAndGet(reads -> Math.min(reads + 1, SAVED_MAX * READS_PER_HEDGE));
  }

  /// Whether one second question may be asked now.
  boolean spend() {
    int before =
        earned.getAndUpdate(reads -> reads < READS_PER_HEDGE ? reads : reads - READS_PER_HEDGE);
    if (before < READS_PER_HEDGE) {
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
