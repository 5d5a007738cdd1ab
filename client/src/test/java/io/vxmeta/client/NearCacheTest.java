package io.vxmeta.client;

import static io.vxmeta.client.Freshness.Source.NEAR_CACHE;
import static io.vxmeta.client.Freshness.Source.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.Token;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NearCacheTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration BOUND = Duration.ofSeconds(5);

  private final long seed = Long.getLong("vx.seed", System.nanoTime());
  private final AtomicLong clockMs = new AtomicLong(1_000_000);
  private final ScriptedCluster cluster = new ScriptedCluster();
  private final VxClient client = connect(this::moment);

  @AfterEach
  void close() {
    client.close();
    cluster.close();
  }

  private Moment moment() {
    return new Moment(clockMs.get() * 1_000_000, clockMs.get());
  }

  private VxClient connect(Supplier<Moment> clock) {
    ClientConfig config =
        cluster.config().withDeadline(LONG).withNearCache(NearCacheLimits.DEFAULTS);
    return VxClient.connect(config, new Random(seed), clock);
  }

  /// The i-th key of the group.
  private Bytes keyOf(int group, int i) {
    return IntStream.range(0, 100_000)
        .mapToObj(n -> Bytes.utf8("k" + n))
        .filter(key ->
            cluster.map().groupOf(ShardHash.shardOf("default", key.toArray())).value() == group)
        .skip(i)
        .findFirst()
        .orElseThrow();
  }

  private static Transaction put(Bytes key, String value) {
    return Transaction.put("default", key, Bytes.utf8(value));
  }

  private ReadAnswer read(ReadOptions options, Bytes... keys) {
    return client.read("default", List.of(keys), options);
  }

  private ReadAnswer bounded(Bytes... keys) {
    return read(ReadOptions.bounded(BOUND), keys);
  }

  private static Freshness.Source source(ReadAnswer answer) {
    return answer.freshness().get(0).source();
  }

  private static Optional<String> value(ReadAnswer answer) {
    return answer.records().get(0).map(record -> record.value().toUtf8());
  }

  private int reads() {
    return cluster.nodes.stream().mapToInt(node -> node.readsSeen.size()).sum();
  }

  @Test
  void aReadWithinItsBoundIsAnsweredFromMemoryAndSaysHowOldItIs() {
    Bytes key = keyOf(1, 0);
    client.write(put(key, "x")).orThrow();
    assertEquals(SERVER, source(bounded(key)));
    clockMs.addAndGet(700);
    ReadAnswer second = bounded(key);
    assertEquals(NEAR_CACHE, source(second));
    assertEquals(Optional.of("x"), value(second));
    assertEquals(OptionalLong.of(700), second.freshness().get(0).stalenessMs());
    assertEquals(1, reads());
    clockMs.addAndGet(BOUND.toMillis() - 700);
    assertEquals(NEAR_CACHE, source(bounded(key)), "as old as it may be");
    clockMs.addAndGet(1);
    assertEquals(SERVER, source(bounded(key)), "older than it may be");
  }

  @Test
  void anAbsentKeyIsRememberedAsAbsent() {
    Bytes key = keyOf(1, 0);
    assertEquals(Optional.empty(), value(bounded(key)));
    ReadAnswer second = bounded(key);
    assertEquals(Optional.empty(), value(second));
    assertEquals(NEAR_CACHE, source(second));
  }

  @Test
  void readsWithoutABoundAndReadsOfANamedNodeAlwaysAskAServer() {
    Bytes key = keyOf(1, 0);
    client.write(put(key, "x")).orThrow();
    assertEquals(SERVER, source(bounded(key)));
    Tokens ofAnotherGroup = new Tokens();
    ofAnotherGroup.observe(
        new Token(ScriptedCluster.CLUSTER, new ShardGroupId(2), Revision.ZERO, Epoch.NONE));
    List<ReadOptions> all =
        List.of(
            ReadOptions.linearizable(),
            ReadOptions.local(),
            ReadOptions.atLeast(new Tokens()),
            ReadOptions.atLeast(ofAnotherGroup),
            ReadOptions.bounded(BOUND).at(cluster.followerOf(1).id));
    for (ReadOptions options : all) {
      assertEquals(SERVER, source(read(options, key)), options.toString());
    }
  }

  @Test
  void aTokenIsAnsweredFromMemoryThatCoversIt() {
    Bytes key = keyOf(1, 0);
    Tokens seen = new Tokens();
    client.write(put(keyOf(1, 1), "other")).orThrow();
    seen.observe(client.write(put(key, "x")).orThrow());
    assertEquals(SERVER, source(read(ReadOptions.atLeast(seen), key)));
    assertEquals(NEAR_CACHE, source(read(ReadOptions.atLeast(seen), key)));
    Tokens ofANewerMap = new Tokens();
    seen.all().forEach(token -> ofANewerMap.observe(token.since(new Epoch(99))));
    assertEquals(
        SERVER,
        source(read(ReadOptions.atLeast(ofANewerMap), key)),
        "the shard may be in another group by that map");
    try (VxClient other = VxClient.connect(cluster.config().withDeadline(LONG))) {
      seen.observe(other.write(put(key, "y")).orThrow());
    }
    ReadAnswer newer = read(ReadOptions.atLeast(seen), key);
    assertEquals(SERVER, source(newer));
    assertEquals(Optional.of("y"), value(newer));
  }

  @Test
  void aTokenOfAnotherClusterIsRefusedAlsoWhenMemoryKnowsTheKey() {
    Bytes key = keyOf(1, 0);
    assertEquals(SERVER, source(bounded(key)));
    Tokens foreign = new Tokens();
    foreign.observe(new Token("another", new ShardGroupId(1), Revision.ZERO, Epoch.NONE));
    CallFailed failed =
        assertThrows(CallFailed.class, () -> read(ReadOptions.atLeast(foreign), key));
    assertTrue(failed.is(ErrorReason.FOREIGN_TOKEN));
  }

  @Test
  void keysOfOneGroupComeFromMemoryOnlyAsOneState() {
    Bytes one = keyOf(1, 0);
    Bytes two = keyOf(1, 1);
    client.write(put(one, "1")).orThrow();
    client.write(put(two, "1")).orThrow();
    assertEquals(SERVER, source(bounded(one)));
    assertEquals(SERVER, source(bounded(two)));
    assertEquals(NEAR_CACHE, source(bounded(one, two)), "neither changed between the two reads");
    try (VxClient other = VxClient.connect(cluster.config().withDeadline(LONG))) {
      other.write(put(two, "2")).orThrow();
    }
    assertEquals(SERVER, source(read(ReadOptions.linearizable(), two)));
    ReadAnswer both = bounded(one, two);
    assertEquals(1, both.freshness().size());
    assertEquals(SERVER, source(both), "one is known as of before two was written");
  }

  @Test
  void aGroupThatMemoryKnowsIsNotAskedWhileAnotherIs() {
    Bytes known = keyOf(1, 0);
    Bytes unknown = keyOf(2, 0);
    assertEquals(SERVER, source(bounded(known)));
    ReadAnswer both = bounded(known, unknown);
    assertEquals(2, reads());
    assertEquals(
        List.of(NEAR_CACHE, SERVER),
        both.freshness().stream().map(Freshness::source).sorted((a, b) -> b.compareTo(a)).toList());
  }

  @Test
  void keysAloneAreAnsweredFromWholeRecordsAndNeverTheOtherWayRound() {
    Bytes key = keyOf(1, 0);
    client.write(put(key, "x")).orThrow();
    ReadOptions keysOnly = ReadOptions.bounded(BOUND).keysOnly();
    assertEquals(SERVER, source(read(keysOnly, key)));
    assertEquals(Optional.of("x"), value(bounded(key)));
    ReadAnswer again = read(keysOnly, key);
    assertEquals(NEAR_CACHE, source(again));
    assertEquals(Optional.of(""), value(again));
  }

  @Test
  void aWriterFindsNothingOlderThanItsAcknowledgedWrite() {
    Bytes key = keyOf(1, 0);
    client.write(put(key, "1")).orThrow();
    assertEquals(Optional.of("1"), value(bounded(key)));
    client.write(put(key, "2")).orThrow();
    assertEquals(Optional.of("2"), value(bounded(key)));
    assertEquals(NEAR_CACHE, source(bounded(key)));
  }

  @Test
  void aRecordIsForgottenBeforeItsNewValueIsSent() throws Exception {
    Bytes key = keyOf(1, 0);
    client.write(put(key, "1")).orThrow();
    assertEquals(SERVER, source(bounded(key)));
    CountDownLatch arrived = new CountDownLatch(1);
    cluster.leaderOf(1).writes.add(new ScriptedNode.ApplyThenHang(arrived));
    CompletableFuture<Outcome<WriteAnswer>> write =
        client.writeAsync(put(key, "2"), Duration.ofSeconds(1));
    arrived.await();
    assertEquals(Optional.of("2"), value(bounded(key)));
    assertInstanceOf(Outcome.Unknown.class, write.join());
  }

  @Test
  void anOlderReadUnderWayDoesNotBringBackWhatAnUnknownWriteMayHaveReplaced() throws Exception {
    Bytes key = keyOf(1, 0);
    client.write(put(key, "1")).orThrow();
    CountDownLatch made = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    cluster.leaderOf(1).reads.add(new ScriptedNode.AnswerLater(made, go));
    CompletableFuture<ReadAnswer> older =
        client.readAsync("default", List.of(key), ReadOptions.linearizable());
    made.await();
    cluster.leaderOf(1).writes.add(new ScriptedNode.ApplyThenHang(new CountDownLatch(1)));
    assertInstanceOf(Outcome.Unknown.class, client.write(put(key, "2"), Duration.ofSeconds(1)));
    go.countDown();
    assertEquals(Optional.of("1"), value(older.join()), "its reader gets it");
    ReadAnswer next = bounded(key);
    assertEquals(SERVER, source(next), "and nobody else");
    assertEquals(Optional.of("2"), value(next));
  }

  @Test
  void aReadThatBeganDuringAWriteDoesNotBringBackWhatWasBeforeIt() throws Exception {
    Bytes key = keyOf(1, 0);
    client.write(put(key, "1")).orThrow();
    CountDownLatch made = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    cluster.leaderOf(1).reads.add(new ScriptedNode.AnswerLater(made, go));
    CountDownLatch hung = new CountDownLatch(1);
    cluster.leaderOf(1).writes.add(new ScriptedNode.Hang(hung));
    CompletableFuture<Outcome<WriteAnswer>> write =
        client.writeAsync(put(key, "2"), Duration.ofSeconds(20));
    hung.await();
    CompletableFuture<ReadAnswer> during =
        client.readAsync("default", List.of(key), ReadOptions.linearizable());
    made.await();
    assertTrue(write.join().orThrow().applied(), "the attempt after the one that hung");
    go.countDown();
    assertEquals(Optional.of("1"), value(during.join()));
    ReadAnswer next = bounded(key);
    assertEquals(SERVER, source(next));
    assertEquals(Optional.of("2"), value(next));
  }

  @Test
  void aBulkWriterForgetsAsAWriteDoes() throws Exception {
    Bytes key = keyOf(1, 0);
    client.write(put(key, "1")).orThrow();
    assertEquals(SERVER, source(bounded(key)));
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      assertTrue(writer.submit(put(key, "2")).join().orThrow().applied());
      assertEquals(Optional.of("2"), value(bounded(key)));
    }
  }

  @Test
  void aReadStreamIsAnsweredFromTheSameMemory() throws Exception {
    Bytes key = keyOf(1, 0);
    client.write(put(key, "x")).orThrow();
    try (ReadStream stream = client.readStream(ReadStream.Options.of(ReadOptions.bounded(BOUND)))) {
      assertEquals(SERVER, source(stream.read("default", List.of(key)).join()));
      assertEquals(NEAR_CACHE, source(stream.read("default", List.of(key)).join()));
    }
    assertEquals(NEAR_CACHE, source(bounded(key)));
  }

  @Test
  void memoryIsBoundedAndCounted() {
    NearCacheLimits small = new NearCacheLimits(20_000, Duration.ofMinutes(1));
    try (VxClient other =
        VxClient.connect(cluster.config().withNearCache(small), new Random(seed), this::moment)) {
      for (int i = 0; i < 200; i++) {
        other.read("default", List.of(Bytes.utf8("k" + i)), ReadOptions.bounded(BOUND));
      }
      NearCacheCounters counters = other.nearCache().orElseThrow();
      assertEquals(200, counters.misses());
      assertTrue(counters.bytes() <= small.bytesMax(), counters.toString());
      assertTrue(counters.entries() > 10, counters.toString());
      assertEquals(200, counters.entries() + counters.evictions(), counters.toString());
    }
    Bytes key = keyOf(1, 0);
    bounded(key);
    bounded(key);
    bounded(key);
    NearCacheCounters counters = client.nearCache().orElseThrow();
    assertEquals(2, counters.hits());
    assertEquals(1, counters.misses());
  }

  @Test
  void aClientThatWasNotToldToRememberAsksEveryTime() {
    try (VxClient plain = VxClient.connect(cluster.config())) {
      assertEquals(Optional.empty(), plain.nearCache());
      for (int i = 0; i < 2; i++) {
        ReadAnswer answer = plain.read("default", List.of(keyOf(1, 0)), ReadOptions.bounded(BOUND));
        assertEquals(SERVER, source(answer));
      }
    }
  }

  /// Threads of the client write and read keys, while another client writes them, too.
  @Test
  void amongManyThreadsNobodyMissesWhatWritersOfTheClientWereTold() throws Exception {
    int keys = 4;
    int rounds = 400;
    List<Bytes> all = IntStream.range(0, keys).mapToObj(i -> keyOf(1, i)).toList();
    AtomicLongArray told = new AtomicLongArray(keys);
    AtomicBoolean over = new AtomicBoolean();
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    try (VxClient own = connect(Moment::now);
        VxClient foreign = VxClient.connect(cluster.config().withDeadline(LONG))) {
      for (int t = 0; t < 3; t++) {
        Random random = new Random(seed + t);
        threads.add(
            CompletableFuture.runAsync(() -> {
              while (!over.get()) {
                int i = random.nextInt(keys);
                long least = told.get(i);
                ReadAnswer answer =
                    own.read("default", List.of(all.get(i)), ReadOptions.bounded(BOUND));
                long seen =
                    answer.records().get(0).map(record -> record.version().value()).orElse(0L);
                assertTrue(
                    seen >= least,
                    "seed=" + seed + " least=" + least + " seen=" + seen + " in " + answer);
              }
            }));
      }
      Random random = new Random(seed);
      for (int n = 0; n < rounds; n++) {
        int i = random.nextInt(keys);
        VxClient writer = random.nextInt(3) == 0 ? foreign : own;
        long revision = writer.write(put(all.get(i), "v" + n)).orThrow().revision().value();
        if (writer == own) {
          told.set(i, revision);
        }
      }
      over.set(true);
      CompletableFuture.allOf(threads.toArray(CompletableFuture[]::new)).join();
      assertTrue(own.nearCache().orElseThrow().hits() > 0);
    } finally {
      over.set(true);
    }
  }
}
