package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardHash;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Reads that ask a second replica when the first lets them wait.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class HedgedReadsTest {
  /// Longer than the test may take: who waits for it fails.
  private static final Duration NEVER = Duration.ofMinutes(10);

  private static final Duration SOON = Duration.ofMillis(5);
  private static final Bytes KEY = Bytes.utf8("k");
  private static final Bytes VALUE = Bytes.utf8("v");

  private final ScriptedCluster cluster = new ScriptedCluster();
  private final VxClient client =
      VxClient.connect(
          cluster.config().withDeadline(NEVER).withAttempt(NEVER), new Random(System.nanoTime()));
  private ScriptedNode leader;

  @BeforeEach
  void write() {
    client.write(Transaction.put("default", KEY, VALUE)).orThrow();
    int group = cluster.map().groupOf(ShardHash.shardOf("default", KEY.toArray())).value();
    leader = cluster.leaderOf(group);
  }

  @AfterEach
  void close() {
    client.close();
    cluster.close();
  }

  private CompletableFuture<ReadAnswer> read(ReadOptions options) {
    return client.readAsync("default", List.of(KEY), options);
  }

  private static NodeId answered(ReadAnswer answer) {
    assertEquals(VALUE, answer.records().get(0).orElseThrow().value());
    return new NodeId(answer.freshness().get(0).node());
  }

  private List<ScriptedNode> others() {
    return cluster.nodes.stream().filter(node -> node != leader).toList();
  }

  private void awaitReadElsewhere() {
    while (others().stream().allMatch(node -> node.readsSeen.isEmpty())) {
      Thread.onSpinWait();
    }
  }

  @Test
  void secondReplicaAnswersWhileTheFirstIsSilent() {
    leader.reads.add(new ScriptedNode.Hang(new CountDownLatch(1)));
    ReadAnswer answer = read(ReadOptions.linearizable().hedgedAfter(SOON)).join();
    assertNotEquals(leader.id, answered(answer));
    assertEquals(1, client.hedges());
  }

  @Test
  void secondReplicaAnswersOnAStreamAsWell() throws InterruptedException {
    leader.reads.add(new ScriptedNode.Hang(new CountDownLatch(1)));
    ReadStream.Options options =
        ReadStream.Options.of(ReadOptions.linearizable().hedgedAfter(SOON));
    ReadStream stream = client.readStream(options);
    assertNotEquals(leader.id, answered(stream.read("default", List.of(KEY)).join()));
  }

  @Test
  void nobodyElseIsAskedWhenTheFirstAnswersInTime() {
    for (int i = 0; i < 20; i++) {
      assertEquals(leader.id, answered(read(ReadOptions.linearizable().hedgedAfter(NEVER)).join()));
    }
    assertEquals(0, client.hedges());
    assertEquals(0, others().stream().mapToInt(node -> node.readsSeen.size()).sum());
  }

  @Test
  void withoutTheOptionNobodyElseIsAsked() throws InterruptedException {
    CountDownLatch made = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    leader.reads.add(new ScriptedNode.AnswerLater(made, go));
    CompletableFuture<ReadAnswer> answer = read(ReadOptions.linearizable());
    made.await();
    assertEquals(leader.id, answered(read(ReadOptions.linearizable()).join()));
    go.countDown();
    assertEquals(leader.id, answered(answer.join()));
    assertEquals(0, client.hedges());
  }

  @Test
  void firstIsStillWaitedForWhenTheSecondRefuses() {
    CountDownLatch go = new CountDownLatch(1);
    leader.reads.add(new ScriptedNode.AnswerLater(new CountDownLatch(1), go));
    others()
        .forEach(node ->
            node.reads.add(
                new ScriptedNode.Refuse(ScriptedCluster.error(ErrorReason.NOT_READY, Map.of()))));
    CompletableFuture<ReadAnswer> answer = read(ReadOptions.linearizable().hedgedAfter(SOON));
    awaitReadElsewhere();
    assertFalse(answer.isDone());
    go.countDown();
    assertEquals(leader.id, answered(answer.join()));
  }

  @Test
  void slowAnswerOfTheFirstCountsWhenTheSecondHangs() {
    CountDownLatch go = new CountDownLatch(1);
    leader.reads.add(new ScriptedNode.AnswerLater(new CountDownLatch(1), go));
    others().forEach(node -> node.reads.add(new ScriptedNode.Hang(new CountDownLatch(1))));
    CompletableFuture<ReadAnswer> answer = read(ReadOptions.linearizable().hedgedAfter(SOON));
    awaitReadElsewhere();
    go.countDown();
    assertEquals(leader.id, answered(answer.join()));
    assertEquals(1, client.hedges());
  }

  @Test
  void refusalOfTheFirstIsRetriedAsWithoutAHedge() {
    leader.reads.add(
        new ScriptedNode.Refuse(ScriptedCluster.error(ErrorReason.NOT_READY, Map.of())));
    ReadAnswer answer = read(ReadOptions.linearizable().hedgedAfter(NEVER)).join();
    assertEquals(VALUE, answer.records().get(0).orElseThrow().value());
    assertEquals(0, client.hedges());
  }

  @Test
  void whatContradictsItselfIsRefused() {
    ReadOptions pinned = ReadOptions.local().at(leader.id);
    assertThrows(IllegalArgumentException.class, () -> pinned.hedgedAfter(SOON));
    ReadOptions hedged = ReadOptions.local().hedgedAfter(SOON);
    assertThrows(IllegalArgumentException.class, () -> hedged.at(leader.id));
    assertThrows(
        IllegalArgumentException.class, () -> ReadOptions.local().hedgedAfter(Duration.ZERO));
  }

  @Test
  void whenEverybodyIsSlowATenthIsAskedTwiceAndAHundredMore() {
    HedgeBudget budget = new HedgeBudget();
    int asked = 0;
    for (int read = 0; read < 10_000; read++) {
      budget.earn();
      asked += budget.spend() ? 1 : 0;
    }
    assertEquals(HedgeBudget.SAVED_MAX + 10_000 / HedgeBudget.QUESTIONS_PER_HEDGE, asked, 1);
    assertEquals(asked, budget.spent());
  }
}
