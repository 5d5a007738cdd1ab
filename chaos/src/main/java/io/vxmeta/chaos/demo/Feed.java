package io.vxmeta.chaos.demo;

import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/// A pipeline: writes each record as a transaction of its own, in order, as fast as the cluster
/// takes them or as it may.
final class Feed {
  /* Threads: one submits; acknowledgements come on the client's threads.
   * The feed is paced, so that writing goes on while a leader dies and comes back. */

  private final BulkWriter writer;
  private final String namespace;
  private final List<DemoRecords.Entry> records;
  private final Acknowledged acknowledged;
  private final AtomicReferenceArray<ShardGroupId> groups;
  private volatile String firstFailure = "";
  private final long nanosPerRecord;
  private volatile int written;

  Feed(
      BulkWriter writer,
      String namespace,
      List<DemoRecords.Entry> records,
      Acknowledged acknowledged,
      Duration shortest) {
    this.writer = writer;
    this.namespace = namespace;
    this.records = records;
    this.acknowledged = acknowledged;
    this.groups = new AtomicReferenceArray<>(records.size());
    this.nanosPerRecord = shortest.toNanos() / records.size();
  }

  /// Submits all records, telling what to do half way; returns when each has its outcome.
  void run(Runnable halfWay) throws InterruptedException {
    long start = System.nanoTime();
    for (int i = 0; i < records.size(); i++) {
      if (i == records.size() / 2) {
        halfWay.run();
      }
      pace(start + i * nanosPerRecord);
      submit(i);
    }
    writer.flush();
  }

  private static void pace(long due) {
    for (long early = due - System.nanoTime();
        early > TimeUnit.MILLISECONDS.toNanos(1);
        early = due - System.nanoTime()) {
      LockSupport.parkNanos(early);
    }
  }

  private void submit(int number) throws InterruptedException {
    DemoRecords.Entry record = records.get(number);
    CompletableFuture<Void> _ =
        writer
            .submit(Transaction.put(namespace, record.key(), record.value()))
            .thenAccept(outcome -> onOutcome(number, outcome));
    written = number + 1;
  }

  private void onOutcome(int number, Outcome<WriteAnswer> outcome) {
    if (outcome instanceof Outcome.Done<WriteAnswer> done && done.answer().applied()) {
      ShardGroupId group = done.answer().freshness().token().group();
      groups.set(number, group);
      acknowledged.add(number, group);
    } else {
      rememberFirst(outcome.toString());
    }
  }

  private synchronized void rememberFirst(String failure) {
    firstFailure = firstFailure.isEmpty() ? failure : firstFailure;
  }

  int written() {
    return written;
  }

  boolean isAcknowledgedBy(int number, ShardGroupId group) {
    return group.equals(groups.get(number));
  }

  /// The first outcome that was no acknowledgement, empty when there is none.
  String firstFailure() {
    return firstFailure;
  }
}
