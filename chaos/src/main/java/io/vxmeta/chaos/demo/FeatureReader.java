package io.vxmeta.chaos.demo;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.VxClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/// A feature server: linearizable multi-gets, one after the other, of what was acknowledged before
/// it asks.
final class FeatureReader implements AutoCloseable {
  /* Threads: one of its own; counts may be read from any.
   * A record that is missing or different in an answer is stale: it was acknowledged before the question was asked. */

  /// Keys of one question, as a feature server's request has.
  private static final int KEYS = 128;

  /// Long enough to outlast an election.
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final VxClient client;
  private final String namespace;
  private final List<DemoRecords.Entry> records;
  private final Acknowledged acknowledged;
  private final Random random;
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong stale = new AtomicLong();
  private final AtomicLong slowestNanos = new AtomicLong();
  private volatile String firstStale = "";
  private final Thread thread = Thread.ofPlatform().name("feature-reader").unstarted(this::loop);
  private volatile boolean ended;

  FeatureReader(
      VxClient client,
      String namespace,
      List<DemoRecords.Entry> records,
      Acknowledged acknowledged,
      Random random) {
    this.client = client;
    this.namespace = namespace;
    this.records = records;
    this.acknowledged = acknowledged;
    this.random = random;
  }

  void start() {
    thread.start();
  }

  private void loop() {
    while (!ended) {
      List<Integer> asked = acknowledged.pick(KEYS, random);
      if (asked.isEmpty()) {
        Thread.onSpinWait();
      } else {
        ask(asked);
      }
    }
  }

  private void ask(List<Integer> asked) {
    List<Bytes> keys = asked.stream().map(i -> records.get(i).key()).toList();
    long start = System.nanoTime();
    try {
      ReadAnswer answer = client.read(namespace, keys, ReadOptions.linearizable().within(DEADLINE));
      slowestNanos.accumulateAndGet(System.nanoTime() - start, Math::max);
      for (int i = 0; i < asked.size(); i++) {
        check(records.get(asked.get(i)), answer.records().get(i));
      }
      answered.incrementAndGet();
    } catch (CallFailed failed) {
      refused.incrementAndGet();
    }
  }

  private void check(DemoRecords.Entry expected, Optional<StoredRecord> found) {
    if (!found.map(StoredRecord::value).equals(Optional.of(expected.value()))) {
      stale.incrementAndGet();
      if (firstStale.isEmpty()) {
        firstStale =
            "key="
                + expected.key()
                + " expected="
                + expected.value()
                + " found="
                + found.map(record -> record.value().toString()).orElse("nothing");
      }
    }
  }

  long answered() {
    return answered.get();
  }

  /// Questions without an answer in time; allowed, an answer that is wrong is not.
  long refused() {
    return refused.get();
  }

  long stale() {
    return stale.get();
  }

  long slowestMs() {
    return slowestNanos.get() / 1_000_000;
  }

  /// The first stale record in words, empty when there is none.
  String firstStale() {
    return firstStale;
  }

  /// Ends after the question under way.
  @Override
  public void close() {
    ended = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
