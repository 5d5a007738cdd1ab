package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ClusterAdmin.MoveOrder;
import io.vxmeta.client.ClusterAdmin.ShardMoveStatus;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.raft.move.ShardGroups;
import io.vxmeta.raft.move.ShardGroups.Said;
import io.vxmeta.raft.peer.PeerShards;
import io.vxmeta.raft.read.NoShardMoves;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.ShardMove;
import io.vxmeta.statemachine.ShardPhase;
import io.vxmeta.statemachine.ShardStanding;
import io.vxmeta.statemachine.batch.MoveEncoder;
import io.vxmeta.statemachine.batch.MoveKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Shards move between groups that serve meanwhile.
final class MovedShardsTest {
  private static final ShardGroupId SOURCE = new ShardGroupId(1);
  private static final ShardGroupId TARGET = new ShardGroupId(2);

  /// Far above what the orders of a test are numbered.
  private static final long LATE_ATTEMPT = 1_000;

  @TempDir private Path directory;
  private TestCluster cluster;
  private VxClient client;

  @BeforeEach
  void start() throws IOException {
    cluster = TestCluster.ofThree(directory);
    cluster.awaitReady();
    client =
        VxClient.connect(
            ClientConfig.of(cluster.clientEndpoints()).withDeadline(TestCluster.PATIENCE));
  }

  @AfterEach
  void stop() {
    client.close();
    cluster.close();
  }

  private ShardMap map() {
    return client.admin().askShardMap();
  }

  /// A hash tag whose keys the source has.
  private String tagOfSource() {
    ShardMap map = map();
    return tagWhose(shard -> map.groupOf(shard).equals(SOURCE));
  }

  private static String tagWhose(Predicate<ShardId> shard) {
    return IntStream.range(0, 10_000)
        .mapToObj(i -> "t" + i)
        .filter(tag -> shard.test(shard(tag)))
        .findFirst()
        .orElseThrow();
  }

  private static ShardId shard(String tag) {
    return ShardHash.shardOf("default", Bytes.utf8("{" + tag + "}").toArray());
  }

  private void order(ShardId shard, ShardGroupId to) {
    assertEquals(MoveOrder.ORDERED, client.admin().moveShard(shard, to));
  }

  private void awaitMoved(ShardId shard, ShardGroupId to) {
    TestCluster.await(
        "shard " + shard + " to be in group " + to + ": " + client.admin().shardMoves(),
        () -> map().groupOf(shard).equals(to));
    awaitNoMoves();
    assertTrue(map().wasMoved(shard));
  }

  private void awaitNoMoves() {
    TestCluster.await("the moves to end", () -> client.admin().shardMoves().isEmpty());
  }

  private ShardTraffic traffic(String tag) {
    return new ShardTraffic(cluster.clientEndpoints(), tag).begin();
  }

  @Test
  void aShardMovesThereAndBackWhileItIsUsed() {
    String tag = tagOfSource();
    ShardId shard = shard(tag);
    try (ShardTraffic traffic = traffic(tag)) {
      traffic.awaitMore();
      order(shard, TARGET);
      awaitMoved(shard, TARGET);
      traffic.awaitMore();
      assertEquals(MoveOrder.DONE_ALREADY, client.admin().moveShard(shard, TARGET));
      order(shard, SOURCE);
      awaitMoved(shard, SOURCE);
      traffic.awaitMore();
    }
  }

  @Test
  void whateverIsSaidOfAMovedShardSurvivesARestartOfAllNodes() throws IOException {
    String tag = tagOfSource();
    ShardId shard = shard(tag);
    ShardTraffic traffic = traffic(tag);
    traffic.awaitMore();
    order(shard, TARGET);
    awaitMoved(shard, TARGET);
    cluster.stopAll();
    cluster.startAll();
    cluster.awaitReady();
    try (traffic) {
      traffic.awaitMore();
      assertEquals(TARGET, map().groupOf(shard));
      order(shard, SOURCE);
      awaitMoved(shard, SOURCE);
      traffic.awaitMore();
    }
  }

  @Test
  void theRootLeaderMayDieAndSomebodyGoesOn() throws IOException {
    moveWhileTheLeaderOfIsKilled(0);
  }

  @Test
  void theSourcesLeaderMayDieAndSomebodyGoesOn() throws IOException {
    moveWhileTheLeaderOfIsKilled(SOURCE.value());
  }

  @Test
  void theTargetsLeaderMayDieAndSomebodyGoesOn() throws IOException {
    moveWhileTheLeaderOfIsKilled(TARGET.value());
  }

  private void moveWhileTheLeaderOfIsKilled(int group) throws IOException {
    String tag = tagOfSource();
    ShardId shard = shard(tag);
    fill(tag, 40);
    try (ShardTraffic traffic = traffic(tag)) {
      order(shard, TARGET);
      awaitCopying(shard);
      NodeId victim = cluster.awaitLeader(group, cluster.nodes());
      cluster.stop(victim);
      traffic.awaitMore();
      cluster.start(victim);
      awaitMoved(shard, TARGET);
      traffic.awaitMore();
    }
  }

  /// So that a copy takes some seconds at the pace of these tests.
  private void fill(String tag, int records) {
    Bytes large = Bytes.wrap(new byte[100 << 10]);
    for (int i = 0; i < records; i++) {
      Outcome<WriteAnswer> outcome =
          client.write(Transaction.put("default", Bytes.utf8("{" + tag + "}large-" + i), large));
      assertTrue(outcome.orThrow().applied());
    }
  }

  private void awaitCopying(ShardId shard) {
    TestCluster.await(
        "a part of the copy of " + shard,
        () ->
            client.admin().shardMoves().stream()
                .anyMatch(move -> move.move().shard().equals(shard) && move.parts() > 0));
  }

  @Test
  void aMoveThatIsCalledOffLeavesTheShardWhereItIs() {
    String tag = tagOfSource();
    ShardId shard = shard(tag);
    fill(tag, 80);
    try (ShardTraffic traffic = traffic(tag)) {
      order(shard, TARGET);
      awaitCopying(shard);
      CallFailed second =
          assertThrows(
              CallFailed.class,
              () ->
                  assertEquals(
                      MoveOrder.ORDERED, client.admin().moveShard(shard, new ShardGroupId(3))));
      assertEquals("MOVE_UNDER_WAY", second.reason());
      assertEquals(ShardMove.Will.CALLED_OFF, client.admin().cancelShardMove(shard).will());
      awaitNoMoves();
      assertEquals(SOURCE, map().groupOf(shard));
      traffic.awaitMore();
      order(shard, TARGET);
      awaitMoved(shard, TARGET);
      traffic.awaitMore();
    }
    CallFailed none =
        assertThrows(
            CallFailed.class,
            () ->
                assertEquals(Optional.empty(), Optional.of(client.admin().cancelShardMove(shard))));
    assertEquals("INVALID_REQUEST", none.reason());
  }

  @Test
  void aCopyThatArrivesAfterItsMoveHasEndedIsDeletedAndInNobodysWay() throws Exception {
    ShardId shard = map().shardsOf(SOURCE).getFirst();
    ShardGroups groups = groupsAsAnotherNodeSeesThem();
    for (MoveKind kind : List.of(MoveKind.BEGIN, MoveKind.THAW)) {
      Said _ = groups.propose(SOURCE, MoveEncoder.of(kind, shard.value(), LATE_ATTEMPT)).get();
    }
    Said staged =
        groups.propose(TARGET, MoveEncoder.of(MoveKind.STAGE, shard.value(), LATE_ATTEMPT)).get();
    assertEquals(ShardPhase.STAGING, staged.standing().phase());
    TestCluster.await(
        "the copy to be gone",
        () -> standing(groups, shard).filter(it -> it.phase() == ShardPhase.AWAY).isPresent());
    order(shard, TARGET);
    awaitMoved(shard, TARGET);
    ShardStanding moved = groups.standing(TARGET, shard).get().standing();
    assertEquals(ShardPhase.OWNED, moved.phase());
    assertTrue(moved.attempt() > LATE_ATTEMPT, moved::toString);
  }

  /// Nothing while the group has no leader.
  private static Optional<ShardStanding> standing(ShardGroups groups, ShardId shard) {
    try {
      return Optional.of(groups.standing(TARGET, shard).join().standing());
    } catch (CompletionException electing) {
      return Optional.empty();
    }
  }

  private ShardGroups groupsAsAnotherNodeSeesThem() {
    ShardMap map = map();
    Map<NodeId, ManagedChannel> channels = new TreeMap<>();
    cluster.nodes().forEach(node -> channels.put(node, cluster.peerChannel(node)));
    return new PeerShards(
        cluster.config(cluster.nodes().getFirst()).clusterId(),
        new NodeId("observer"),
        new NoShardMoves(),
        () -> Optional.of(map),
        channels);
  }

  /// Whoever leads the root group then has all of them to begin anew, and counts that as no failure
  /// of theirs.
  @Test
  void manyShardsMoveUnderABulkWriterThoughTheRootLeaderDies() throws Exception {
    List<ShardId> shards = map().shardsOf(SOURCE).subList(0, 32);
    // Two that are long on their way, so that the others wait.
    ShardId first = shards.get(0);
    ShardId second = shards.get(1);
    fill(tagWhose(first::equals), 40);
    fill(tagWhose(second::equals), 40);
    List<CompletableFuture<Outcome<WriteAnswer>>> outcomes = new ArrayList<>();
    try (ShardTraffic traffic = traffic(tagWhose(first::equals));
        BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (ShardId shard : shards) {
        order(shard, TARGET);
      }
      awaitCopying(first);
      NodeId victim = cluster.awaitLeader(0, cluster.nodes());
      cluster.stop(victim);
      while (!client.admin().shardMoves().isEmpty()) {
        outcomes.add(writer.submit(numbered(outcomes.size())));
      }
      assertEquals(
          List.of(),
          shards.stream().filter(shard -> !map().groupOf(shard).equals(TARGET)).toList());
      traffic.awaitMore();
      cluster.start(victim);
      writer.flush();
    }
    for (CompletableFuture<Outcome<WriteAnswer>> outcome : outcomes) {
      assertTrue(outcome.get().orThrow().applied());
    }
    for (int key = 0; key < Math.min(KEYS, outcomes.size()); key++) {
      int last = outcomes.size() - 1 - Math.floorMod(outcomes.size() - 1 - key, KEYS);
      assertEquals(
          Bytes.number(last),
          client.get("default", Bytes.utf8("bulk-" + key)).orElseThrow().value());
    }
    assertEquals(
        List.of(), client.admin().shardMoves().stream().map(ShardMoveStatus::move).toList());
  }

  private static final int KEYS = 500;

  private static Transaction numbered(int number) {
    return Transaction.put("default", Bytes.utf8("bulk-" + number % KEYS), Bytes.number(number));
  }
}
