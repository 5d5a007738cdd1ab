package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BulkWriterTest {

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final ScriptedCluster cluster = new ScriptedCluster();
  private final VxClient client = VxClient.connect(cluster.config(), random);

  @AfterEach
  void close() {
    client.close();
    cluster.close();
  }

  private static Transaction numbered(int i) {
    return Transaction.put("default", Bytes.utf8("key-" + i), Bytes.utf8("" + i));
  }

  private int group(int i) {
    byte[] key = ("key-" + i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return cluster.map().groupOf(ShardHash.shardOf("default", key)).value();
  }

  /// Fails unless each group applied exactly its numbers below `count`, in order.
  private void assertAppliedOnceInOrder(int count) {
    Map<Integer, List<Integer>> expected = new TreeMap<>();
    IntStream.range(0, count)
        .forEach(i -> expected.computeIfAbsent(group(i), g -> new ArrayList<>()).add(i));
    expected.forEach((group, numbers) ->
        assertEquals(
            numbers,
            cluster.state.applied(group).stream().map(BulkWriterTest::number).toList(),
            "seed=" + seed + " group=" + group));
  }

  private static int number(WriteRequest request) {
    return Integer.parseInt(request.getMutations(0).getPut().getValue().toStringUtf8());
  }

  private static Outcome.Refused<WriteAnswer> refused(Outcome<WriteAnswer> outcome) {
    if (outcome instanceof Outcome.Refused<WriteAnswer> refused) {
      return refused;
    }
    throw new AssertionError("refused was expected: " + outcome);
  }

  @Test
  void everythingSubmittedIsAppliedOnceInOrderAndAnswered() throws Exception {
    List<CompletableFuture<Outcome<WriteAnswer>>> outcomes = new ArrayList<>();
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (int i = 0; i < 10_000; i++) {
        outcomes.add(writer.submit(numbered(i)));
      }
      writer.flush();
      assertTrue(outcomes.stream().allMatch(CompletableFuture::isDone));
      assertEquals(new BulkWriter.Progress(10_000, 10_000, 0, 0, 0), writer.progress());
    }
    assertAppliedOnceInOrder(10_000);
    assertTrue(outcomes.stream().allMatch(outcome -> outcome.join().orThrow().applied()));
  }

  @Test
  void brokenStreamsLoseRepeatAndReorderNothing() throws Exception {
    for (ScriptedNode node : cluster.nodes) {
      for (int i = 0; i < 2_000; i++) {
        node.writes.add(reaction());
      }
    }
    List<CompletableFuture<Outcome<WriteAnswer>>> outcomes = new ArrayList<>();
    BulkWriter.Progress progress;
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (int i = 0; i < 6_000; i++) {
        outcomes.add(writer.submit(numbered(i)));
      }
      writer.flush();
      progress = writer.progress();
    }
    assertAppliedOnceInOrder(6_000);
    assertTrue(progress.reconnects() > 10, "progress=" + progress + " seed=" + seed);
    for (CompletableFuture<Outcome<WriteAnswer>> outcome : outcomes) {
      assertTrue(outcome.join().orThrow().applied(), "seed=" + seed);
    }
  }

  /// Mostly well; now and then a stream breaks before or after the transaction is applied.
  private ScriptedNode.Reaction reaction() {
    return switch (random.nextInt(150)) {
      case 0 -> new ScriptedNode.ApplyThenFail(Status.UNAVAILABLE);
      case 1 -> new ScriptedNode.ApplyThenFail(Status.INTERNAL);
      case 2 -> new ScriptedNode.Refuse(Status.UNAVAILABLE.asRuntimeException());
      case 3 ->
          new ScriptedNode.Refuse(
              ScriptedCluster.error(ErrorReason.OVERLOADED, Map.of("retry_after_ms", "5")));
      case 4 ->
          new ScriptedNode.Refuse(
              ScriptedCluster.error(ErrorReason.OUTCOME_UNKNOWN, Map.of("group", "1")));
      case 5 ->
          new ScriptedNode.Refuse(
              ScriptedCluster.error(ErrorReason.NOT_READY, Map.of("reason", "scripted")));
      default -> new ScriptedNode.Behave();
    };
  }

  @Test
  void aLeaderThatDiesInTheMiddleIsReplacedByTheNext() throws Exception {
    AtomicInteger acknowledged = new AtomicInteger();
    NodeId victim = cluster.nodes.get(0).id;
    NodeId heir = cluster.nodes.get(1).id;
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (int i = 0; i < 8_000; i++) {
        if (i == 4_000) {
          cluster.kill(victim);
          cluster.map().groups().stream()
              .map(group -> group.id())
              .filter(group -> cluster.leader(group).equals(victim))
              .forEach(group -> cluster.lead(group.value(), heir));
        }
        CompletableFuture<Void> unused =
            writer
                .submit(numbered(i))
                .thenAccept(outcome -> {
                  if (outcome instanceof Outcome.Done) {
                    acknowledged.incrementAndGet();
                  }
                });
      }
      writer.flush();
    }
    assertEquals(8_000, acknowledged.get());
    assertAppliedOnceInOrder(8_000);
  }

  @Test
  void aNewEpochAndANewLeaderAreFollowed() throws Exception {
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (int i = 0; i < 3_000; i++) {
        if (i % 1_000 == 500) {
          writer.flush();
          cluster.raiseEpoch();
          cluster.lead(1, cluster.followerOf(1).id);
        }
        var unused = writer.submit(numbered(i));
      }
    }
    assertAppliedOnceInOrder(3_000);
  }

  @Test
  void aSilentStreamIsGivenUpForAnother() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    cluster.leaderOf(group(0)).writes.add(new ScriptedNode.ApplyThenHang(arrived));
    BulkWriter.Options hasty =
        new BulkWriter.Options(100, 1 << 20, Duration.ofMillis(200), Duration.ofMinutes(1));
    try (BulkWriter writer = client.bulkWriter(hasty)) {
      Outcome<WriteAnswer> outcome = writer.submit(numbered(0)).get();
      arrived.await();
      assertTrue(outcome.orThrow().replayed());
    }
  }

  @Test
  void noMoreThanTheLimitIsInFlight() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    int group = group(0);
    cluster.leaderOf(group).writes.add(new ScriptedNode.Hang(arrived));
    BulkWriter.Options small =
        new BulkWriter.Options(10, 1 << 20, Duration.ofMinutes(1), Duration.ofMinutes(2));
    AtomicInteger submitted = new AtomicInteger();
    try (BulkWriter writer = client.bulkWriter(small)) {
      Thread submitter =
          new Thread(() -> {
            try {
              for (int i = 0; i < 400; i++) {
                if (group(i) == group) {
                  var unused = writer.submit(numbered(i));
                  submitted.incrementAndGet();
                }
              }
            } catch (InterruptedException interrupted) {
              Thread.currentThread().interrupt();
            }
          });
      submitter.start();
      arrived.await();
      while (submitter.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      assertEquals(10, submitted.get());
      assertEquals(10, writer.progress().inFlight());
      cluster.kill(cluster.leaderOf(group).id);
      cluster.lead(group, cluster.followerOf(group).id);
      submitter.join();
      writer.flush();
    }
    assertEquals(
        IntStream.range(0, 400).filter(i -> group(i) == group).count(),
        cluster.state.applied(group).size());
  }

  @Test
  void aRefusedTransactionIsNamedAndTheOthersGoOn() throws Exception {
    List<CompletableFuture<Outcome<WriteAnswer>>> outcomes = new ArrayList<>();
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (int i = 0; i < 300; i++) {
        outcomes.add(
            writer.submit(
                i % 100 == 50
                    ? Transaction.put("nowhere", Bytes.utf8("key-" + i), Bytes.EMPTY)
                    : numbered(i)));
      }
    }
    for (int i = 0; i < 300; i++) {
      Outcome<WriteAnswer> outcome = outcomes.get(i).get();
      if (i % 100 == 50) {
        Outcome.Refused<WriteAnswer> refused = refused(outcome);
        assertTrue(refused.is(ErrorReason.UNKNOWN_NAMESPACE), refused.toString());
      } else {
        assertTrue(outcome.orThrow().applied());
      }
    }
  }

  @Test
  void aFencedProducerStops() throws Exception {
    cluster
        .leaderOf(group(0))
        .writes
        .add(
            new ScriptedNode.Refuse(
                ScriptedCluster.error(
                    ErrorReason.PRODUCER_FENCED, Map.of("epoch", "1", "current_epoch", "2"))));
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      assertInstanceOf(Outcome.Unknown.class, writer.submit(numbered(0)).get());
      Outcome.Refused<WriteAnswer> later = refused(writer.submit(numbered(0)).get());
      assertEquals(CallFailed.CLOSED, later.reason());
    }
  }

  @Test
  void aDeadClusterEndsWhatItWasGivenWithoutClaimingItFailed()
      throws InterruptedException, ExecutionException {
    BulkWriter.Options hasty = BulkWriter.Options.DEFAULTS.giveUpAfter(Duration.ofSeconds(5));
    try (BulkWriter writer = client.bulkWriter(hasty)) {
      assertTrue(writer.submit(numbered(0)).get().orThrow().applied());
      cluster.nodes.forEach(node -> cluster.kill(node.id));
      Outcome<WriteAnswer> outcome = writer.submit(numbered(0)).get();
      assertTrue(
          outcome instanceof Outcome.Refused || outcome instanceof Outcome.Unknown,
          outcome.toString());
      writer.flush();
    }
  }
}
