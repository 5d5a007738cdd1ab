package io.vxmeta.client;

import java.util.concurrent.atomic.LongAdder;

/// Counts what became of a bulk writer's transactions.
final class Tally {

  private final LongAdder submitted = new LongAdder();
  private final LongAdder acknowledged = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder unknown = new LongAdder();
  private final LongAdder reconnects = new LongAdder();

  void onSubmit() {
    submitted.increment();
  }

  void onReconnect() {
    reconnects.increment();
  }

  void onOutcome(Outcome<WriteAnswer> outcome) {
    if (outcome instanceof Outcome.Done) {
      acknowledged.increment();
    } else if (outcome instanceof Outcome.Refused) {
      refused.increment();
    } else {
      unknown.increment();
    }
  }

  /// Read so that what is in flight is never negative.
  BulkWriter.Progress progress() {
    long done = acknowledged.sum();
    long no = refused.sum();
    long open = unknown.sum();
    return new BulkWriter.Progress(submitted.sum(), done, no, open, reconnects.sum());
  }
}
