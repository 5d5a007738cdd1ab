package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.Token;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MovedShardsTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int SOURCE = 1;
  private static final int TARGET = 2;

  private final long seed = System.nanoTime();
  private final ScriptedCluster cluster = new ScriptedCluster();
  private final VxClient client = connect(cluster.config());

  private VxClient connect(ClientConfig config) {
    return VxClient.connect(config.withDeadline(LONG), new Random(seed));
  }

  @AfterEach
  void close() {
    client.close();
    cluster.close();
  }

  private static ShardId shard(Bytes key) {
    return ShardHash.shardOf("default", key.toArray());
  }

  private Bytes keyOfSource() {
    return IntStream.range(0, 1_000)
        .mapToObj(i -> Bytes.utf8("k" + i))
        .filter(key -> cluster.map().groupOf(shard(key)).value() == SOURCE)
        .findFirst()
        .orElseThrow();
  }

  private void move(ShardId shard, int group) {
    cluster.give(shard, group);
    cluster.publishOwners();
  }

  private void leadersReactOnce(int group, ScriptedNode.Reaction reaction) {
    cluster.leaderOf(group).writes.add(reaction);
  }

  private static Transaction add(Bytes key, long delta) {
    return Transaction.in("default").mutate(new Transaction.Add(key, delta)).build();
  }

  private long numberAt(Bytes key) {
    return number(client.get("default", key));
  }

  private static long number(Optional<StoredRecord> record) {
    return ByteBuffer.wrap(record.orElseThrow().value().toArray()).getLong();
  }

  @Test
  void aDeclinedWriteIsNumberedAnewForTheGroupOfANewerMap() throws Exception {
    Bytes key = keyOfSource();
    assertTrue(client.write(add(key, 1)).orThrow().applied());
    ScriptedNode source = cluster.leaderOf(SOURCE);
    int seen = source.writesSeen.size();
    cluster.give(shard(key), TARGET);

    CompletableFuture<Outcome<WriteAnswer>> outcome = client.writeAsync(add(key, 1));
    int maps = mapsGiven();
    while (source.writesSeen.size() == seen || mapsGiven() < maps + 2) {
      Thread.onSpinWait();
    }
    // No map says yet where the shard is: the source is not asked over and over.
    assertEquals(seen + 1, source.writesSeen.size());
    cluster.publishOwners();

    WriteAnswer answer = outcome.get().orThrow();
    assertTrue(answer.applied());
    assertEquals(new ShardGroupId(TARGET), answer.freshness().token().group());
    assertEquals(2, numberAt(key));
    assertEquals(1, cluster.state.applied(TARGET).size());
    assertEquals(TARGET, cluster.state.applied(TARGET).get(0).getProducer().getGroup());
  }

  private int mapsGiven() {
    return cluster.nodes.stream().mapToInt(node -> node.mapsGiven.get()).sum();
  }

  @Test
  void aWriteInDoubtIsAskedOfTheGroupOfItsNumberThoughTheShardIsElsewhere() {
    Bytes key = keyOfSource();
    leadersReactOnce(
        SOURCE, new ScriptedNode.ApplyThenLet(() -> move(shard(key), TARGET), Status.UNAVAILABLE));
    WriteAnswer answer = client.write(add(key, 1)).orThrow();
    assertTrue(answer.replayed());
    assertEquals(new ShardGroupId(SOURCE), answer.freshness().token().group());
    assertEquals(1, numberAt(key));
    assertEquals(List.of(), cluster.state.applied(TARGET));
  }

  @Test
  void aWriteInDoubtThatNeverHappenedGoesToTheTargetOnceTheSourceHasSaidSo() {
    Bytes key = keyOfSource();
    leadersReactOnce(
        SOURCE,
        new ScriptedNode.After(
            () -> move(shard(key), TARGET),
            new ScriptedNode.Refuse(Status.UNAVAILABLE.asRuntimeException())));
    WriteAnswer answer = client.write(add(key, 1)).orThrow();
    assertFalse(answer.replayed());
    assertEquals(new ShardGroupId(TARGET), answer.freshness().token().group());
    assertEquals(1, numberAt(key));
    List<Integer> asked =
        cluster.nodes.stream()
            .flatMap(node -> node.writesSeen.stream())
            .map(request -> request.getProducer().getGroup())
            .toList();
    assertTrue(asked.stream().filter(group -> group == SOURCE).count() > 1, asked.toString());
    assertEquals(1, asked.stream().filter(group -> group == TARGET).count(), asked.toString());
  }

  @Test
  void aTransactionOfTwoShardsThatAreInTwoGroupsNowIsRefusedAsSuch() {
    Bytes one = keyOfSource();
    Bytes other =
        IntStream.range(0, 1_000)
            .mapToObj(i -> Bytes.utf8("other" + i))
            .filter(key -> cluster.map().groupOf(shard(key)).value() == SOURCE)
            .filter(key -> !shard(key).equals(shard(one)))
            .findFirst()
            .orElseThrow();
    leadersReactOnce(
        SOURCE,
        new ScriptedNode.After(
            () -> move(shard(other), TARGET),
            new ScriptedNode.Refuse(Status.UNAVAILABLE.asRuntimeException())));
    Transaction both =
        Transaction.in("default").put(one, Bytes.EMPTY).put(other, Bytes.EMPTY).build();
    Outcome<WriteAnswer> outcome = client.write(both);
    if (outcome instanceof Outcome.Refused<WriteAnswer> refused) {
      assertTrue(refused.is(ErrorReason.CROSS_GROUP), refused.toString());
    } else {
      throw new AssertionError("refused was expected: " + outcome);
    }
    assertEquals(List.of(), cluster.state.applied());
  }

  @Test
  void readsFollowAShardThatIsSaidToHaveMoved() throws Exception {
    Bytes key = keyOfSource();
    assertTrue(client.write(add(key, 7)).orThrow().applied());
    ScriptedNode source = cluster.leaderOf(SOURCE);
    cluster.give(shard(key), TARGET);
    CompletableFuture<ReadAnswer> answer =
        client.readAsync("default", List.of(key), ReadOptions.linearizable());
    while (source.readsSeen.isEmpty()) {
      Thread.onSpinWait();
    }
    cluster.publishOwners();
    assertEquals(new ShardGroupId(TARGET), answer.get().freshness().get(0).token().group());
    assertEquals(7, number(answer.get().records().get(0)));
  }

  @Test
  void aScanGoesOnAtItsCursorInTheOtherGroup() {
    List<Bytes> keys = new ArrayList<>();
    Bytes first = keyOfSource();
    for (int i = 0; i < 20; i++) {
      Bytes key = Bytes.utf8("{" + first.toUtf8() + "}" + i);
      keys.add(key);
      assertTrue(client.write(add(key, i)).orThrow().applied());
    }
    cluster.nodes.forEach(node -> node.scanBreaks.set(1));
    List<Bytes> found = new ArrayList<>();
    try (Scan scan = client.scan("default", ScanOptions.EVERYTHING.pagesOf(3))) {
      while (scan.hasNext()) {
        found.add(scan.next().key());
        if (found.size() == 1) {
          move(shard(first), TARGET);
        }
      }
    }
    assertEquals(
        keys.stream().map(Bytes::toUtf8).sorted().toList(),
        found.stream().map(Bytes::toUtf8).sorted().toList());
  }

  @Test
  void aTokenOfTheFormerGroupMakesTheNewestBeRead() {
    Bytes key = keyOfSource();
    Tokens tokens = new Tokens();
    tokens.observe(client.write(add(key, 1)).orThrow());
    move(shard(key), TARGET);
    assertEquals(cluster.map(), client.admin().askShardMap());
    assertEquals(
        1,
        number(client.read("default", List.of(key), ReadOptions.atLeast(tokens)).records().get(0)));
    assertTrue(
        reads().stream().allMatch(io.vxmeta.client.v1.Consistency::hasLinearizable),
        reads().toString());

    cluster.nodes.forEach(node -> node.readsSeen.clear());
    Tokens ofTarget = new Tokens();
    ofTarget.observe(
        new Token(ScriptedCluster.CLUSTER, new ShardGroupId(TARGET), new Revision(1), Epoch.NONE));
    assertEquals(
        1, client.read("default", List.of(key), ReadOptions.atLeast(ofTarget)).records().size());
    assertTrue(
        reads().stream().allMatch(io.vxmeta.client.v1.Consistency::hasAtLeast), reads().toString());
  }

  /// What the target acknowledged is known to somebody whose map still says "source".
  @Test
  void aTokenOfAnotherGroupSaysHowNewTheMapMustBeThatItIsReadBy() {
    Bytes key = keyOfSource();
    Tokens tokens = new Tokens();
    tokens.observe(client.write(add(key, 1)).orThrow());
    tokens.observe(
        new Token(
            ScriptedCluster.CLUSTER, new ShardGroupId(TARGET), new Revision(7), new Epoch(99)));
    assertEquals(
        1, client.read("default", List.of(key), ReadOptions.atLeast(tokens)).records().size());
    assertTrue(
        reads().stream()
            .map(read -> read.getAtLeast().getToken())
            .allMatch(token -> token.getGroup() == SOURCE && token.getMapEpoch() == 99),
        reads().toString());
  }

  private List<io.vxmeta.client.v1.Consistency> reads() {
    List<io.vxmeta.client.v1.Consistency> seen =
        cluster.nodes.stream()
            .flatMap(node -> node.readsSeen.stream())
            .map(ReadRequest::getConsistency)
            .toList();
    assertFalse(seen.isEmpty());
    return seen;
  }

  @Test
  void theNearCacheForgetsAShardThatMovesAndWhatIsSaidOfItLater() throws Exception {
    Bytes key = keyOfSource();
    ReadOptions lax = ReadOptions.bounded(Duration.ofMinutes(5));
    try (VxClient near = connect(cluster.config().withNearCache(NearCacheLimits.DEFAULTS))) {
      assertTrue(near.write(add(key, 1)).orThrow().applied());
      assertEquals(1, near.read("default", List.of(key), lax).records().size());
      assertEquals(Freshness.Source.NEAR_CACHE, source(near, key, lax));

      move(shard(key), TARGET);
      assertEquals(cluster.map(), near.admin().askShardMap());
      assertEquals(Freshness.Source.SERVER, source(near, key, lax));
      assertEquals(Freshness.Source.NEAR_CACHE, source(near, key, lax));

      CountDownLatch made = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      cluster.leaderOf(TARGET).reads.add(new ScriptedNode.AnswerLater(made, go));
      CompletableFuture<ReadAnswer> late =
          near.readAsync("default", List.of(key), ReadOptions.linearizable());
      made.await();
      move(shard(key), SOURCE);
      assertEquals(cluster.map(), near.admin().askShardMap());
      move(shard(key), TARGET);
      assertEquals(cluster.map(), near.admin().askShardMap());
      go.countDown();
      assertEquals(1, late.get().records().size());
      assertEquals(Freshness.Source.SERVER, source(near, key, lax));
    }
  }

  private static Freshness.Source source(VxClient near, Bytes key, ReadOptions options) {
    return near.read("default", List.of(key), options).freshness().get(0).source();
  }

  /// How often a shard moves.
  private enum Moves {
    ONCE,
    OFTEN
  }

  @Test
  void aBulkWriterFollowsShardsThatMoveOnceAndInOrder() throws Exception {
    Map<ShardId, List<Integer>> applied = writeWhileShardsMove(Moves.ONCE);
    assertEquals(submitted(), applied, "seed=" + seed);
  }

  /// A shard that is back before a writer in doubt was answered may take a later one first.
  @Test
  void aBulkWriterLosesAndDoublesNothingOfShardsThatMoveBackAndForth() throws Exception {
    Map<ShardId, List<Integer>> applied = writeWhileShardsMove(Moves.OFTEN);
    applied.values().forEach(Collections::sort);
    assertEquals(submitted(), applied, "seed=" + seed);
  }

  private static final int COUNT = 6_000;

  private static Map<ShardId, List<Integer>> submitted() {
    Map<ShardId, List<Integer>> expected = new HashMap<>();
    IntStream.range(0, COUNT)
        .forEach(i -> expected.computeIfAbsent(shard(key(i)), s -> new ArrayList<>()).add(i));
    return expected;
  }

  private Map<ShardId, List<Integer>> writeWhileShardsMove(Moves often) throws Exception {
    Random random = new Random(seed);
    Set<ShardId> moved = ConcurrentHashMap.newKeySet();
    for (ScriptedNode node : cluster.nodes) {
      for (int i = 0; i < 3_000; i++) {
        node.writes.add(
            random.nextInt(100) == 0 ? trouble(random, often, moved) : new ScriptedNode.Behave());
      }
    }
    // A map that says where a shard is comes later than the move, and by itself: a writer may wait
    // for it.
    ScheduledExecutorService publisher = Executors.newSingleThreadScheduledExecutor();
    var unused =
        publisher.scheduleWithFixedDelay(cluster::publishOwners, 20, 20, TimeUnit.MILLISECONDS);
    List<CompletableFuture<Outcome<WriteAnswer>>> outcomes = new ArrayList<>();
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (int i = 0; i < COUNT; i++) {
        outcomes.add(writer.submit(numbered(i)));
      }
      writer.flush();
      for (CompletableFuture<Outcome<WriteAnswer>> outcome : outcomes) {
        assertTrue(outcome.isDone());
        assertTrue(outcome.get().orThrow().applied(), "seed=" + seed);
      }
      assertEquals(COUNT, writer.progress().acknowledged());
    } finally {
      publisher.shutdownNow();
    }
    assertTrue(moved.size() > 5, "moved=" + moved);
    Map<ShardId, List<Integer>> byShard = new HashMap<>();
    for (WriteRequest request : cluster.state.applied()) {
      int number = Integer.parseInt(request.getMutations(0).getPut().getValue().toStringUtf8());
      byShard.computeIfAbsent(shard(key(number)), s -> new ArrayList<>()).add(number);
    }
    return byShard;
  }

  private static Bytes key(int number) {
    return Bytes.utf8("key-" + number % 40);
  }

  private static Transaction numbered(int number) {
    return Transaction.put("default", key(number), Bytes.utf8("" + number));
  }

  /// A shard moves; by then the map may say so or not, and the stream may break.
  private ScriptedNode.Reaction trouble(Random random, Moves often, Set<ShardId> moved) {
    ShardId shard = shard(key(random.nextInt(40)));
    boolean told = random.nextInt(3) > 0;
    Runnable move =
        () -> {
          if (moved.add(shard) || often == Moves.OFTEN) {
            cluster.give(shard, cluster.owner(shard).value() % 3 + 1);
          }
          if (told) {
            cluster.publishOwners();
          }
        };
    return switch (random.nextInt(3)) {
      case 0 -> new ScriptedNode.ApplyThenLet(move, Status.UNAVAILABLE);
      case 1 ->
          new ScriptedNode.After(
              move, new ScriptedNode.Refuse(Status.UNAVAILABLE.asRuntimeException()));
      default -> new ScriptedNode.After(move, new ScriptedNode.Behave());
    };
  }
}
