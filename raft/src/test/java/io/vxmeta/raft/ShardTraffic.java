package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Scan;
import io.vxmeta.client.ScanOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Clients that count, read and scan in one shard, and judge every answer.
final class ShardTraffic implements AutoCloseable {
  /* One thread adds one to a counter, over and over: each answer must be the next number, so that nothing is lost, and nothing happens
   * twice; and its version must be higher than any before. One reads the counter: what was acknowledged before a read began is in
   * it, and what another read has seen. One scans records that are there all the time: each comes once.
   */
  private static final int RECORDS = 150;
  private static final int ROUNDS = 20;

  private final String tag;
  private final VxClient client;
  private final AtomicLong counted = new AtomicLong();
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicInteger scans = new AtomicInteger();
  private final List<String> wrong = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean ended;

  ShardTraffic(List<Endpoint> endpoints, String tag) {
    this.tag = tag;
    this.client = VxClient.connect(ClientConfig.of(endpoints).withDeadline(TestCluster.PATIENCE));
  }

  ShardTraffic begin() {
    for (int i = 0; i < RECORDS; i++) {
      written(Transaction.put("default", key("record-" + i), Bytes.number(i)));
    }
    begin("counter", this::count);
    begin("reader", this::read);
    begin("scanner", this::scan);
    return this;
  }

  private interface Work {
    void once();
  }

  private void begin(String name, Work work) {
    Thread thread =
        Thread.ofPlatform()
            .name(name + "-" + tag)
            .start(() -> {
              while (!ended && wrong.isEmpty()) {
                try {
                  work.once();
                } catch (RuntimeException | AssertionError failed) {
                  wrong.add(name + ": " + failed);
                }
              }
            });
    threads.add(thread);
  }

  private Bytes key(String name) {
    return Bytes.utf8("{" + tag + "}" + name);
  }

  ShardId shard() {
    return ShardHash.shardOf("default", key("counter").toArray());
  }

  private WriteAnswer written(Transaction transaction) {
    Outcome<WriteAnswer> outcome = client.write(transaction, TestCluster.PATIENCE);
    return outcome.orThrow();
  }

  private long lastVersion;

  private void count() {
    WriteAnswer answer =
        written(Transaction.in("default").mutate(new Transaction.Add(key("counter"), 1)).build());
    if (!(answer.result() instanceof WriteAnswer.Applied applied)) {
      throw new AssertionError("an addition is applied: " + answer);
    }
    long number = applied.mutations().getFirst().number().orElseThrow();
    assertEquals(counted.get() + 1, number, "lost or doubled");
    long version = answer.freshness().token().revision().value();
    if (version <= lastVersion) {
      throw new AssertionError("versions grow: before=" + lastVersion + " now=" + version);
    }
    lastVersion = version;
    counted.set(number);
  }

  private long lastRead;

  private void read() {
    long before = Math.max(lastRead, counted.get());
    long found =
        client
            .read(
                "default",
                List.of(key("counter")),
                ReadOptions.linearizable().within(TestCluster.PATIENCE))
            .records()
            .getFirst()
            .map(record -> ByteBuffer.wrap(record.value().toArray()).getLong())
            .orElse(0L);
    if (found < before) {
      throw new AssertionError("a read misses a write: known=" + before + " found=" + found);
    }
    lastRead = found;
    reads.incrementAndGet();
  }

  private void scan() {
    List<String> found = new ArrayList<>();
    ScanOptions options =
        ScanOptions.EVERYTHING.startingWith(key("record-")).pagesOf(7).within(TestCluster.PATIENCE);
    try (Scan scan = client.scan("default", options)) {
      while (scan.hasNext()) {
        StoredRecord record = scan.next();
        found.add(record.key().toUtf8());
      }
    }
    assertEquals(RECORDS, found.size(), "records of a scan");
    assertEquals(RECORDS, new TreeSet<>(found).size(), "different records of a scan");
    scans.incrementAndGet();
  }

  /// Waits until all of them have gone on for some time.
  void awaitMore() {
    long counts = counted.get() + ROUNDS;
    int read = reads.get() + ROUNDS;
    int scanned = scans.get() + 1;
    TestCluster.await(
        "more traffic in " + tag,
        () ->
            !wrong.isEmpty()
                || (counted.get() >= counts && reads.get() >= read && scans.get() >= scanned));
    assertEquals(List.of(), wrong);
  }

  /// Ends the traffic, and judges what is there.
  @Override
  public void close() {
    ended = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (client) {
      assertEquals(List.of(), wrong);
      read();
      assertEquals(counted.get(), lastRead);
      scan();
    }
  }
}
