package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReadStreamTest {
  private static final int RECORDS = 200;
  private static final int READS = 800;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final ScriptedCluster cluster = new ScriptedCluster();
  private final VxClient client = VxClient.connect(cluster.config(), random);

  @BeforeEach
  void load() throws InterruptedException {
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (int i = 0; i < RECORDS; i++) {
        CompletableFuture<?> unused =
            writer.submit(Transaction.put("default", key(i), Bytes.utf8("" + i)));
      }
    }
  }

  @AfterEach
  void close() {
    client.close();
    cluster.close();
  }

  private static Bytes key(int i) {
    return Bytes.utf8("key-" + i);
  }

  private int group(int i) {
    byte[] key = ("key-" + i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return cluster.map().groupOf(ShardHash.shardOf("default", key)).value();
  }

  /// A number whose key the group holds.
  private int ofGroup(int group) {
    return IntStream.range(0, RECORDS).filter(i -> group(i) == group).findFirst().orElseThrow();
  }

  private static ReadStream.Options within(Duration deadline, int inFlight) {
    return ReadStream.Options.of(ReadOptions.linearizable().within(deadline))
        .withReadsInFlight(inFlight);
  }

  /// Reads of a few keys each, with the numbers that they ask for.
  private final class Asked {
    private final List<List<Integer>> numbers = new ArrayList<>();
    private final List<CompletableFuture<ReadAnswer>> answers = new ArrayList<>();

    void one(ReadStream stream) throws InterruptedException {
      List<Integer> few = random.ints(1 + random.nextInt(6), 0, RECORDS + 20).boxed().toList();
      numbers.add(few);
      answers.add(stream.read("default", few.stream().map(ReadStreamTest::key).toList()));
    }

    /// Fails unless every read has the values of its own keys, in their order.
    void assertRight() throws Exception {
      for (int i = 0; i < answers.size(); i++) {
        List<Optional<String>> expected =
            numbers.get(i).stream()
                .map(n -> n < RECORDS ? Optional.of("" + n) : Optional.<String>empty())
                .toList();
        assertEquals(expected, values(answers.get(i).get()), "seed=" + seed + " read=" + i);
      }
    }
  }

  private static List<Optional<String>> values(ReadAnswer answer) {
    return answer.records().stream()
        .map(record -> record.map(found -> found.value().toUtf8()))
        .toList();
  }

  private int streams() {
    return cluster.nodes.stream().mapToInt(node -> node.readStreams.get()).sum();
  }

  @Test
  void everyReadIsAnsweredWithItsOwnRecordsOverOneStreamForEachNode() throws Exception {
    Asked asked = new Asked();
    try (ReadStream stream = client.readStream(ReadStream.Options.DEFAULTS)) {
      for (int i = 0; i < READS; i++) {
        asked.one(stream);
      }
    }
    assertTrue(asked.answers.stream().allMatch(CompletableFuture::isDone), "close drains");
    asked.assertRight();
    assertTrue(streams() <= ScriptedCluster.NODES, "streams=" + streams());
  }

  @Test
  void aReadThatHangsHoldsUpNoOther() throws Exception {
    int number = ofGroup(1);
    CountDownLatch arrived = new CountDownLatch(1);
    cluster.leaderOf(1).reads.add(new ScriptedNode.Hang(arrived));
    try (ReadStream stream = client.readStream(within(Duration.ofSeconds(30), 8))) {
      CompletableFuture<ReadAnswer> first = stream.read("default", List.of(key(number)));
      arrived.await();
      ReadAnswer second = stream.read("default", List.of(key(number))).get();
      assertEquals(List.of(Optional.of("" + number)), values(second));
      assertFalse(first.isDone());
      cluster.kill(cluster.leaderOf(1).id);
      cluster.lead(1, cluster.followerOf(1).id);
      assertEquals(List.of(Optional.of("" + number)), values(first.get()));
    }
  }

  @Test
  void aFullStreamRefusesAndTakesAgainWhenADeadlineHasPassed() throws Exception {
    List<Bytes> one = List.of(key(ofGroup(1)));
    CountDownLatch arrived = new CountDownLatch(2);
    cluster.nodes.forEach(node -> {
      for (int i = 0; i < 50; i++) {
        node.reads.add(new ScriptedNode.Hang(arrived));
      }
    });
    try (ReadStream stream = client.readStream(within(Duration.ofSeconds(5), 2))) {
      CompletableFuture<ReadAnswer> first = stream.read("default", one);
      CompletableFuture<ReadAnswer> second = stream.read("default", one);
      assertTrue(stream.tryRead("default", one).isEmpty());
      assertThrows(ExecutionException.class, first::get);
      assertThrows(ExecutionException.class, second::get);
      cluster.nodes.forEach(node -> node.reads.clear());
      assertEquals(1, stream.read("default", one).get().records().size());
    }
  }

  @Test
  void aCallerOfAFullStreamWaitsForRoom() throws Exception {
    List<Bytes> one = List.of(key(ofGroup(1)));
    CountDownLatch arrived = new CountDownLatch(1);
    cluster.leaderOf(1).reads.add(new ScriptedNode.Hang(arrived));
    try (ReadStream stream = client.readStream(within(Duration.ofSeconds(30), 1))) {
      CompletableFuture<ReadAnswer> first = stream.read("default", one);
      arrived.await();
      CompletableFuture<ReadAnswer> second = new CompletableFuture<>();
      Thread caller =
          new Thread(() -> {
            try {
              second.complete(stream.read("default", one).get());
            } catch (InterruptedException | ExecutionException failed) {
              second.completeExceptionally(failed);
            }
          });
      caller.start();
      while (caller.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      assertFalse(second.isDone());
      cluster.kill(cluster.leaderOf(1).id);
      cluster.lead(1, cluster.followerOf(1).id);
      assertEquals(1, first.get().records().size());
      assertEquals(1, second.get().records().size());
    }
  }

  @Test
  void aRefusedReadFailsAloneAndTheStreamGoesOn() throws Exception {
    int number = ofGroup(1);
    try (ReadStream stream = client.readStream(ReadStream.Options.DEFAULTS)) {
      List<Bytes> one = List.of(key(number));
      assertEquals(1, stream.read("default", one).get().records().size());
      CompletableFuture<ReadAnswer> refused = stream.read("nowhere", List.of(key(number)));
      ExecutionException why = assertThrows(ExecutionException.class, refused::get);
      assertTrue(((CallFailed) Futures.cause(why.getCause())).is(ErrorReason.UNKNOWN_NAMESPACE));
      assertEquals(1, stream.read("default", one).get().records().size());
    }
    assertTrue(streams() <= ScriptedCluster.NODES, "streams=" + streams());
  }

  @Test
  void readsGoOnWhenALeaderDiesAndWhenTheMapChanges() throws Exception {
    Asked asked = new Asked();
    NodeId dead = cluster.leaderOf(1).id;
    try (ReadStream stream = client.readStream(within(Duration.ofSeconds(30), 64))) {
      for (int i = 0; i < READS; i++) {
        asked.one(stream);
        if (i == READS / 4) {
          cluster.kill(dead);
          cluster.map().groups().stream()
              .filter(group -> cluster.leader(group.id()).equals(dead))
              .forEach(group ->
                  cluster.lead(group.id().value(), cluster.followerOf(group.id().value()).id));
        } else if (i == READS / 2) {
          cluster.raiseEpoch();
        } else if (i == 3 * READS / 4) {
          cluster.start(dead);
        }
      }
    }
    asked.assertRight();
  }

  @Test
  void aRedirectedReadFollowsItsLeader() throws Exception {
    int number = ofGroup(1);
    try (ReadStream stream = client.readStream(ReadStream.Options.DEFAULTS)) {
      NodeId next = cluster.followerOf(1).id;
      cluster
          .leaderOf(1)
          .reads
          .add(
              new ScriptedNode.Refuse(
                  ScriptedCluster.error(
                      ErrorReason.NOT_LEADER,
                      Map.of(
                          "leader_node", next.value(),
                          "leader_endpoint", cluster.endpoint(next).toString()))));
      cluster.lead(1, next);
      ReadAnswer answer = stream.read("default", List.of(key(number))).get();
      assertEquals(next.value(), answer.freshness().get(0).node());
    }
  }

  @Test
  void aClosedStreamRefusesReadsAndHasEndedItsStreams() throws Exception {
    ReadStream stream = client.readStream(ReadStream.Options.DEFAULTS);
    assertEquals(1, stream.read("default", List.of(key(0))).get().records().size());
    stream.close();
    stream.close();
    CompletableFuture<ReadAnswer> late = stream.read("default", List.of(key(0)));
    ExecutionException why = assertThrows(ExecutionException.class, late::get);
    assertEquals(CallFailed.CLOSED, ((CallFailed) Futures.cause(why.getCause())).reason());
    while (cluster.nodes.stream().mapToInt(node -> node.readStreamsEnded.get()).sum() < streams()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whatIsUnderWayEndsWhenClosingIsInterrupted() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    cluster.leaderOf(1).reads.add(new ScriptedNode.Hang(arrived));
    ReadStream stream = client.readStream(within(Duration.ofHours(1), 4));
    CompletableFuture<ReadAnswer> open = stream.read("default", List.of(key(ofGroup(1))));
    arrived.await();
    Thread.currentThread().interrupt();
    stream.close();
    assertTrue(Thread.interrupted(), "the interrupt is kept");
    assertThrows(ExecutionException.class, open::get);
  }
}
