package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VxClientTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final long seed = System.nanoTime();
  private final ScriptedCluster cluster = new ScriptedCluster();
  private final VxClient client =
      VxClient.connect(cluster.config().withDeadline(LONG), new Random(seed));

  @AfterEach
  void close() {
    client.close();
    cluster.close();
  }

  private static Bytes key(String text) {
    return Bytes.utf8(text);
  }

  /// A key of the group.
  private Bytes keyOf(int group) {
    return IntStream.range(0, 100_000)
        .mapToObj(i -> key("k" + i))
        .filter(k -> group(k) == group)
        .findFirst()
        .orElseThrow();
  }

  private int group(Bytes key) {
    return cluster.map().groupOf(ShardHash.shardOf("default", key.toArray())).value();
  }

  private static Transaction put(Bytes key, String value) {
    return Transaction.put("default", key, Bytes.utf8(value));
  }

  private Optional<String> get(Bytes key) {
    return client.get("default", key).map(record -> record.value().toUtf8());
  }

  private static Outcome.Refused<WriteAnswer> refused(Outcome<WriteAnswer> outcome) {
    if (outcome instanceof Outcome.Refused<WriteAnswer> refused) {
      return refused;
    }
    throw new AssertionError("refused was expected: " + outcome);
  }

  /// A busy machine may take all the time before the first step.
  @Test
  void aCallThatBeginsTooLateNamesTheEndpointsIfThereIsNoMapAndAsksNobodyIfThereIs() {
    Duration nothing = Duration.ofNanos(1);
    try (VxClient late = VxClient.connect(ClientConfig.of("127.0.0.1:1").withDeadline(nothing))) {
      CallFailed lost = assertThrows(CallFailed.class, () -> late.admin().namespaces());
      assertEquals(CallFailed.UNREACHABLE, lost.reason());
      assertTrue(lost.toString().contains("127.0.0.1:1"), lost::toString);
      assertTrue(lost.toString().contains("check the endpoints"), lost::toString);
    }
    assertEquals(Optional.empty(), get(key("a")));
    ReadOptions hurried = ReadOptions.linearizable().within(nothing);
    CallFailed unasked =
        assertThrows(CallFailed.class, () -> client.read("default", List.of(key("a")), hurried));
    assertTrue(unasked.toString().contains("nobody was asked"), unasked::toString);
  }

  @Test
  void aWriteIsReadBack() {
    WriteAnswer answer = client.write(put(key("a"), "1")).orThrow();
    assertTrue(answer.applied());
    assertFalse(answer.replayed());
    StoredRecord record = client.get("default", key("a")).orElseThrow();
    assertEquals(Bytes.utf8("1"), record.value());
    assertEquals(answer.revision(), record.version());
    assertEquals(Optional.empty(), get(key("absent")));
  }

  @Test
  void recordsComeInTheOrderAskedFromAllGroupsAtOnce() {
    List<Bytes> keys = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      keys.add(key("key-" + i));
    }
    for (int i = 0; i < 3_000; i += 2) {
      client.write(put(keys.get(i), "v" + i)).orThrow();
    }
    Collections.shuffle(keys, new Random(seed));
    ReadAnswer answer = client.read("default", keys, ReadOptions.linearizable());
    for (int i = 0; i < keys.size(); i++) {
      int number = Integer.parseInt(keys.get(i).toUtf8().substring(4));
      assertEquals(
          number % 2 == 0 ? Optional.of("v" + number) : Optional.empty(),
          answer.records().get(i).map(record -> record.value().toUtf8()),
          "seed=" + seed);
    }
    Set<ShardGroupId> groups = new HashSet<>();
    answer.freshness().forEach(freshness -> groups.add(freshness.token().group()));
    assertEquals(3, groups.size());
    assertTrue(
        cluster.nodes.stream()
            .flatMap(node -> node.readsSeen.stream())
            .allMatch(read -> read.getKeysCount() <= RequestLimits.READ_KEYS_MAX));
  }

  @Test
  void aReadOfNothingAsksNobody() {
    assertEquals(List.of(), client.read("default", List.of(), ReadOptions.local()).records());
  }

  @Test
  void aWriteFollowsTheNamedLeader() {
    ScriptedNode follower = cluster.followerOf(1);
    cluster.lead(1, follower.id);
    assertTrue(client.write(put(keyOf(1), "x")).orThrow().applied());
    assertEquals(1, follower.writesSeen.size());
    int asked = cluster.nodes.stream().mapToInt(node -> node.writesSeen.size()).sum();
    assertEquals(2, asked, "one redirect");
    client.write(put(keyOf(1), "y")).orThrow();
    assertEquals(2, follower.writesSeen.size(), "the leader is remembered");
  }

  @Test
  void aNewEpochIsFetchedAndTheCallRepeated() {
    client.write(put(keyOf(1), "x")).orThrow();
    cluster.raiseEpoch();
    client.write(put(keyOf(1), "y")).orThrow();
    assertEquals(cluster.epoch(), client.shardMap().epoch());
    assertEquals(Optional.of("y"), get(keyOf(1)));
  }

  /// By a map that names all it should: no newer one will come.
  @Test
  void whoGaveItsReplicaUpIsNotAskedAgainThoughItLed() {
    ScriptedNode former = cluster.leaderOf(1);
    client.write(put(keyOf(1), "x")).orThrow();
    cluster.lead(1, cluster.followerOf(1).id);
    for (int i = 0; i < 100; i++) {
      former.writes.add(
          new ScriptedNode.Refuse(ScriptedCluster.error(ErrorReason.WRONG_NODE, Map.of())));
    }
    assertTrue(client.write(put(keyOf(1), "y")).orThrow().applied());
    assertEquals(2, former.writesSeen.size(), "the first write, and one that it refused");
  }

  @Test
  void aWriteThatWasAppliedButNotAnsweredIsRepeatedUnderTheSameSequence() {
    ScriptedNode leader = cluster.leaderOf(2);
    leader.writes.add(new ScriptedNode.ApplyThenFail(Status.UNAVAILABLE));
    leader.writes.add(new ScriptedNode.ApplyThenFail(Status.INTERNAL));
    WriteAnswer answer = client.write(put(keyOf(2), "once")).orThrow();
    assertTrue(answer.replayed());
    assertEquals(1, cluster.state.applied(2).size());
    assertEquals(
        1, leader.writesSeen.stream().map(w -> w.getProducer().getSequence()).distinct().count());
  }

  @Test
  void anUnknownOutcomeIsAskedAgainUntilItIsKnown() {
    cluster
        .leaderOf(1)
        .writes
        .add(
            new ScriptedNode.Refuse(
                ScriptedCluster.error(ErrorReason.OUTCOME_UNKNOWN, Map.of("group", "1"))));
    assertTrue(client.write(put(keyOf(1), "x")).orThrow().applied());
  }

  @Test
  void aWriteThatMayHaveHappenedAtItsDeadlineIsUnknownAndItsSequenceIsNeverUsedAgain()
      throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    ScriptedNode leader = cluster.leaderOf(1);
    leader.writes.add(new ScriptedNode.ApplyThenHang(arrived));
    CompletableFuture<Outcome<WriteAnswer>> outcome =
        client.writeAsync(put(keyOf(1), "x"), Duration.ofSeconds(2));
    arrived.await();
    assertInstanceOf(Outcome.Unknown.class, outcome.join());
    long lost = sequence(leader.writesSeen.element());
    long next = client.write(put(keyOf(1), "y")).orThrow().sequence();
    assertTrue(next > lost, "lost=" + lost + " next=" + next);
    assertEquals(Optional.of("y"), get(keyOf(1)));
  }

  private static long sequence(WriteRequest request) {
    return request.getProducer().getSequence();
  }

  @Test
  void aWriteThatNobodyWasAskedForIsRefusedNotUnknown() {
    cluster.nodes.forEach(node -> cluster.kill(node.id));
    Outcome<WriteAnswer> outcome = client.write(put(key("a"), "x"), Duration.ofSeconds(1));
    Outcome.Refused<WriteAnswer> refused = refused(outcome);
    assertEquals(CallFailed.UNREACHABLE, refused.reason());
    assertTrue(refused.message().contains("127.0.0.1"), refused.message());
  }

  @Test
  void aWriteToADeadClusterAfterTheMapIsKnownIsRefusedNotUnknown() {
    client.write(put(key("a"), "x")).orThrow();
    cluster.nodes.forEach(node -> cluster.kill(node.id));
    // Until the connections are seen to be gone, a write may be on its way into one of them.
    ReadOptions brief = ReadOptions.local().within(Duration.ofSeconds(1));
    assertThrows(CallFailed.class, () -> client.read("default", List.of(key("a")), brief));
    Outcome<WriteAnswer> outcome = client.write(put(key("a"), "y"), Duration.ofSeconds(1));
    assertTrue(outcome instanceof Outcome.Refused, outcome.toString());
  }

  @Test
  void anErrorAboutTheRequestIsFinalAndSaysWhy() {
    Outcome<WriteAnswer> outcome =
        client.write(Transaction.put("nowhere", key("a"), Bytes.EMPTY), LONG);
    Outcome.Refused<WriteAnswer> refused = refused(outcome);
    assertTrue(refused.is(ErrorReason.UNKNOWN_NAMESPACE));
    assertEquals("nowhere", refused.facts().get("namespace"));
    CallFailed failed =
        assertThrows(
            CallFailed.class,
            () -> client.read("nowhere", List.of(key("a")), ReadOptions.linearizable()));
    assertTrue(failed.is(ErrorReason.UNKNOWN_NAMESPACE));
  }

  @Test
  void aRefusalAfterAnAttemptInDoubtStaysUnknown() {
    ScriptedNode leader = cluster.leaderOf(1);
    for (ScriptedNode node : cluster.nodes) {
      node.writes.add(
          node == leader
              ? new ScriptedNode.ApplyThenFail(Status.UNAVAILABLE)
              : new ScriptedNode.Refuse(
                  ScriptedCluster.error(ErrorReason.TABLE_FULL, Map.of("shard", "1"))));
    }
    assertInstanceOf(Outcome.Unknown.class, client.write(put(keyOf(1), "x")));
  }

  @Test
  void anOverloadedNodeIsGivenTheTimeItAsksFor() {
    ScriptedNode leader = cluster.leaderOf(1);
    leader.writes.add(
        new ScriptedNode.Refuse(
            ScriptedCluster.error(ErrorReason.OVERLOADED, Map.of("retry_after_ms", "20"))));
    assertTrue(client.write(put(keyOf(1), "x")).orThrow().applied());
    assertEquals(2, leader.writesSeen.size());
  }

  @Test
  void aTransactionAcrossGroupsIsRefusedBeforeItIsSent() {
    Transaction across =
        Transaction.in("default").put(keyOf(1), Bytes.EMPTY).put(keyOf(2), Bytes.EMPTY).build();
    Outcome.Refused<WriteAnswer> refused = refused(client.write(across));
    assertTrue(refused.is(ErrorReason.CROSS_GROUP));
    assertTrue(cluster.nodes.stream().allMatch(node -> node.writesSeen.isEmpty()));
  }

  @Test
  void aFailedCompareIsAnAnswer() {
    Revision first = client.write(put(key("a"), "1")).orThrow().revision();
    Transaction cas =
        Transaction.in("default").ifAbsent(key("a")).put(key("a"), Bytes.utf8("2")).build();
    WriteAnswer answer = client.write(cas).orThrow();
    assertEquals(new WriteAnswer.CompareFailed(0, first), answer.result());
    Transaction again =
        Transaction.in("default").ifVersion(key("a"), first).add(key("{a}n"), 5).build();
    if (group(key("a")) == group(key("{a}n"))) {
      WriteAnswer.Applied applied =
          assertInstanceOf(WriteAnswer.Applied.class, client.write(again).orThrow().result());
      assertEquals(5, applied.mutations().get(0).number().getAsLong());
    }
  }

  @Test
  void aReadGoesAroundADeadAndASilentNode() throws Exception {
    client.write(put(keyOf(1), "x")).orThrow();
    NodeId leader = cluster.leader(new ShardGroupId(1));
    cluster.lead(1, cluster.followerOf(1).id);
    cluster.kill(leader);
    assertEquals(Optional.of("x"), get(keyOf(1)));

    CountDownLatch arrived = new CountDownLatch(1);
    cluster.leaderOf(1).reads.add(new ScriptedNode.Hang(arrived));
    try (VxClient impatient =
        VxClient.connect(cluster.config().withDeadline(LONG).withAttempt(Duration.ofMillis(300)))) {
      cluster.nodes.forEach(node -> node.reads.add(new ScriptedNode.Hang(arrived)));
      assertEquals(
          Optional.of("x"),
          impatient.get("default", keyOf(1)).map(record -> record.value().toUtf8()));
    }
  }

  @Test
  void aDeadNodeThatComesBackIsUsedAgain() {
    client.write(put(keyOf(1), "x")).orThrow();
    NodeId leader = cluster.leader(new ShardGroupId(1));
    cluster.kill(leader);
    CompletableFuture<Outcome<WriteAnswer>> write = client.writeAsync(put(keyOf(1), "y"), LONG);
    cluster.start(leader);
    assertTrue(write.join().orThrow().applied());
  }

  @Test
  void aPinnedReadAsksThatNodeOnly() {
    ScriptedNode follower = cluster.followerOf(1);
    ReadAnswer answer =
        client.read("default", List.of(keyOf(1)), ReadOptions.linearizable().at(follower.id));
    assertEquals(follower.id.value(), answer.freshness().get(0).node());
    assertEquals(ReplicaRole.FOLLOWER, answer.freshness().get(0).role());
    CallFailed failed =
        assertThrows(
            CallFailed.class,
            () ->
                client.read(
                    "default", List.of(keyOf(1)), ReadOptions.local().at(new NodeId("nobody"))));
    assertEquals(CallFailed.UNKNOWN_NODE, failed.reason());
  }

  @Test
  void everyConsistencyTravelsAndTokensAreOfTheRightGroup() {
    Tokens tokens = new Tokens();
    tokens.observe(client.write(put(keyOf(1), "x")).orThrow());
    List<Bytes> keys = List.of(keyOf(1), keyOf(2));
    client.read("default", keys, ReadOptions.atLeast(tokens));
    client.read("default", keys, ReadOptions.local());
    client.read("default", keys, ReadOptions.bounded(Duration.ofMillis(250)));
    Map<Integer, Long> revisions = new java.util.TreeMap<>();
    Set<String> levels = new HashSet<>();
    for (ScriptedNode node : cluster.nodes) {
      for (var read : node.readsSeen) {
        levels.add(read.getConsistency().getLevelCase().name());
        if (read.getConsistency().hasAtLeast()) {
          var token = read.getConsistency().getAtLeast().getToken();
          assertEquals(ScriptedCluster.CLUSTER, token.getClusterId());
          revisions.put(token.getGroup(), token.getRevision());
        }
      }
    }
    assertEquals(Map.of(1, 1L, 2, 0L), revisions);
    assertEquals(Set.of("AT_LEAST", "LOCAL", "BOUNDED"), levels);
  }

  @Test
  void aTokenOfAnotherClusterIsRefused() {
    Tokens foreign = Tokens.parse("elsewhere:1:5");
    CallFailed failed =
        assertThrows(
            CallFailed.class,
            () -> client.read("default", List.of(keyOf(2)), ReadOptions.atLeast(foreign)));
    assertTrue(failed.is(ErrorReason.FOREIGN_TOKEN), failed.toString());
  }

  @Test
  void aScanGivesEveryRecordOnceWhateverThePageSize() {
    for (int i = 0; i < 300; i++) {
      client.write(put(key((i % 3 == 0 ? "a/" : "b/") + i), "v" + i)).orThrow();
    }
    assertEquals(300, scan(ScanOptions.EVERYTHING.pagesOf(1)).size());
    assertEquals(300, scan(ScanOptions.EVERYTHING).size());
    assertEquals(100, scan(ScanOptions.EVERYTHING.startingWith(key("a/"))).size());
    assertEquals(7, scan(ScanOptions.EVERYTHING.pagesOf(2).atMost(7)).size());
    cluster.nodes.forEach(node -> node.scanBreaks.set(50));
    assertEquals(300, scan(ScanOptions.EVERYTHING.pagesOf(1)).size(), "with broken streams");
  }

  /// The keys a scan gave; fails when one came twice.
  private Set<Bytes> scan(ScanOptions options) {
    Set<Bytes> keys = new HashSet<>();
    try (Scan scan = client.scan("default", options)) {
      scan.forEachRemaining(record -> assertTrue(keys.add(record.key())));
    }
    return keys;
  }

  @Test
  void manyWritesAtOnceKeepWithinTheServersWindow() {
    List<CompletableFuture<Outcome<WriteAnswer>>> writes = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      writes.add(client.writeAsync(put(keyOf(1), "v" + i), LONG));
    }
    Set<Long> sequences = new HashSet<>();
    writes.forEach(write -> sequences.add(write.join().orThrow().sequence()));
    assertEquals(5_000, sequences.size());
    assertEquals(5_000, cluster.state.applied(1).size());
  }

  @Test
  void statusTellsOfNodesThatAnswerAndOfThoseThatDoNot() {
    client.shardMap();
    NodeId dead = cluster.nodes.get(2).id;
    cluster.kill(dead);
    List<ClusterAdmin.NodeReport> reports = client.admin().statusOfAll();
    assertEquals(3, reports.size());
    for (ClusterAdmin.NodeReport report : reports) {
      assertEquals(report.node().equals(dead.value()), report instanceof ClusterAdmin.Silent);
    }
  }

  @Test
  void steeringGoesToTheLeaderOfTheGroup() {
    NodeId to = cluster.followerOf(1).id;
    assertEquals(to, client.admin().transferLeader(new ShardGroupId(1), to).node());
    assertEquals(to, cluster.leader(new ShardGroupId(1)));
    assertEquals(
        ClusterAdmin.NamespaceCreation.CREATED, client.admin().createNamespace("features"));
    assertEquals(
        ClusterAdmin.NamespaceCreation.EXISTED_ALREADY, client.admin().createNamespace("features"));
    assertEquals(List.of("default", "features"), client.admin().namespaces());
    CallFailed failed =
        assertThrows(
            CallFailed.class, () -> client.admin().transferLeader(new ShardGroupId(9), to));
    assertEquals(CallFailed.UNKNOWN_GROUP, failed.reason());
  }

  @Test
  void closingEndsWhatIsInFlight() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    cluster.leaderOf(1).writes.add(new ScriptedNode.ApplyThenHang(arrived));
    CompletableFuture<Outcome<WriteAnswer>> write = client.writeAsync(put(keyOf(1), "x"), LONG);
    arrived.await();
    client.close();
    assertInstanceOf(Outcome.Unknown.class, write.join());
  }
}
