package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.Consistency;
import io.vxmeta.client.v1.CreateSnapshotRequest;
import io.vxmeta.client.v1.CreateSnapshotResponse;
import io.vxmeta.client.v1.DigestsRequest;
import io.vxmeta.client.v1.GetDigestRequest;
import io.vxmeta.client.v1.GetDigestResponse;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.GetShardUsageRequest;
import io.vxmeta.client.v1.GetShardUsageResponse;
import io.vxmeta.client.v1.IndexDigest;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.ReplicaStatus;
import io.vxmeta.client.v1.Role;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.client.v1.ShardUsage;
import io.vxmeta.client.v1.TransferLeaderRequest;
import io.vxmeta.client.v1.TransferLeaderResponse;
import io.vxmeta.client.v1.VerifyTableRequest;
import io.vxmeta.client.v1.VerifyTableResponse;
import io.vxmeta.client.v1.WriteOutcome;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three whole nodes in one process keep the promises of the API.
final class ThreeNodesTest {
  private static final String KEY = "feature/1";

  @TempDir private Path directory;
  private TestCluster cluster;
  private int group;

  @BeforeEach
  void start() throws IOException {
    cluster = TestCluster.ofThree(directory);
    cluster.awaitReady();
    group = groupOf(KEY);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private int groupOf(String key) {
    ShardMapMessage map =
        ClusterAdminGrpc.newBlockingStub(cluster.channel(cluster.nodes().getFirst()))
            .getShardMap(GetShardMapRequest.getDefaultInstance());
    return map.getGroupOfShard(Calls.shardOf(key).value());
  }

  private WriteResponse write(NodeId leader, String value, long sequence) {
    return Calls.write(
        cluster.channel(leader), KEY, Calls.put(KEY, value, Calls.producer(7, sequence)));
  }

  @Test
  void everyReplicaAnswersALinearizableReadWithTheAcknowledgedValue() {
    NodeId leader = cluster.awaitLeader(group, cluster.nodes());
    for (int i = 1; i <= 50; i++) {
      WriteResponse written = write(leader, "v" + i, i);
      assertEquals(WriteOutcome.APPLIED, written.getOutcome());
      for (NodeId node : cluster.nodes()) {
        ReadResponse read = Calls.read(cluster.channel(node), KEY, Calls.LINEARIZABLE, 10_000);
        assertEquals("v" + i, Calls.valueOf(read), "read from " + node);
        assertEquals(node.value(), read.getFreshness().getNode());
        assertEquals(0, read.getFreshness().getStalenessMs());
        assertEquals(
            node.equals(leader) ? Role.ROLE_LEADER : Role.ROLE_FOLLOWER,
            read.getFreshness().getRole());
      }
    }
  }

  @Test
  void aRepeatedSequenceGetsTheFirstAnswerAlsoAfterALeaderChange() {
    NodeId first = cluster.awaitLeader(group, cluster.nodes());
    WriteRequest request = Calls.put(KEY, "once", Calls.producer(9, 1));
    WriteResponse original = Calls.write(cluster.channel(first), KEY, request);
    cluster.stop(first);
    List<NodeId> left = cluster.nodes().stream().filter(node -> !node.equals(first)).toList();
    NodeId second = cluster.awaitLeader(group, left);
    TestCluster.await("the new leader to be ready", () -> isReady(second));
    WriteResponse repeated = Calls.write(cluster.channel(second), KEY, request);
    assertTrue(repeated.getReplayed());
    assertEquals(original.getResults(0), repeated.getResults(0));
    assertEquals(
        original.getFreshness().getToken().getRevision(),
        repeated.getFreshness().getToken().getRevision());
  }

  private boolean isReady(NodeId leader) {
    try {
      Calls.read(cluster.channel(leader), KEY, Calls.LINEARIZABLE, 2_000);
      return true;
    } catch (StatusRuntimeException notYet) {
      return false;
    }
  }

  @Test
  void aCutOffLeaderNeverAnswersALinearizableReadWithOldData() {
    NodeId old = cluster.awaitLeader(group, cluster.nodes());
    write(old, "before", 1);
    cluster.isolate(old);
    List<NodeId> others = cluster.nodes().stream().filter(node -> !node.equals(old)).toList();
    NodeId next = cluster.awaitLeader(group, others);
    TestCluster.await("the new leader to be ready", () -> isReady(next));
    write(next, "after", 2);

    // The fault bit: the old replica still holds the old value, and says so when asked for anything
    // it has.
    assertEquals(
        "before", Calls.valueOf(Calls.read(cluster.channel(old), KEY, Calls.LOCAL, 2_000)));
    for (int i = 0; i < 5; i++) {
      StatusRuntimeException refused =
          assertThrows(
              StatusRuntimeException.class,
              () -> Calls.read(cluster.channel(old), KEY, Calls.LINEARIZABLE, 500));
      assertTrue(
          List.of(Status.Code.UNAVAILABLE, Status.Code.DEADLINE_EXCEEDED)
              .contains(refused.getStatus().getCode()),
          () -> "refused with " + refused.getStatus());
    }

    cluster.heal();
    TestCluster.await("the old leader to follow", () -> isReady(old));
    assertEquals(
        "after", Calls.valueOf(Calls.read(cluster.channel(old), KEY, Calls.LINEARIZABLE, 10_000)));
  }

  @Test
  void everyAcknowledgedWriteIsThereAfterAllNodesRestart() throws IOException {
    NodeId leader = cluster.awaitLeader(group, cluster.nodes());
    IntStream.rangeClosed(1, 200).forEach(i -> write(leader, "v" + i, i));
    cluster.stopAll();
    cluster.startAll();
    cluster.awaitReady();
    for (NodeId node : cluster.nodes()) {
      TestCluster.await("node " + node + " to serve", () -> isReady(node));
      assertEquals(
          "v200",
          Calls.valueOf(Calls.read(cluster.channel(node), KEY, Calls.LINEARIZABLE, 10_000)));
    }
    assertFalse(digests().isEmpty());
  }

  @Test
  void replicasHaveEqualDigestsAtEqualIndex() {
    NodeId leader = cluster.awaitLeader(group, cluster.nodes());
    IntStream.rangeClosed(1, 100).forEach(i -> write(leader, "v" + i, i));
    TestCluster.await(
        "equal applied indices",
        () -> digests().stream().map(GetDigestResponse::getAppliedIndex).distinct().count() == 1);
    List<GetDigestResponse> digests = digests();
    assertEquals(
        1,
        digests.stream().map(GetDigestResponse::getDigest).distinct().count(),
        digests::toString);
  }

  @Test
  void replicasTakeEqualFingerprintsAtTheSameLogIndexes() {
    NodeId leader = cluster.awaitLeader(group, cluster.nodes());
    IntStream.rangeClosed(1, 200).forEach(i -> write(leader, "v" + i, i));
    TestCluster.await(
        "three fingerprints of each replica",
        () -> cluster.nodes().stream().allMatch(node -> fingerprints(node).size() >= 3));
    assertEquals(
        1,
        cluster.nodes().stream().map(node -> fingerprints(node).subList(0, 3)).distinct().count());
  }

  private List<IndexDigest> fingerprints(NodeId node) {
    return PeerGrpc.newBlockingStub(cluster.peerChannel(node))
        .digests(DigestsRequest.newBuilder().setGroup(group).setClusterId("test-cluster").build())
        .getDigestsList();
  }

  @Test
  void everyTableOfEveryReplicaIsWalkedBesideWrites() throws InterruptedException {
    NodeId leader = cluster.awaitLeader(group, cluster.nodes());
    Thread writer =
        Thread.ofVirtual()
            .start(() -> IntStream.rangeClosed(1, 100).forEach(i -> write(leader, "v" + i, i)));
    for (NodeId node : cluster.nodes()) {
      ClusterAdminGrpc.ClusterAdminBlockingStub admin =
          ClusterAdminGrpc.newBlockingStub(cluster.channel(node));
      int tables = 1;
      for (int table = 0; table < tables; table++) {
        VerifyTableResponse walked =
            admin.verifyTable(
                VerifyTableRequest.newBuilder().setGroup(group).setTable(table).build());
        assertEquals(List.of(), walked.getProblemsList());
        assertEquals(node.value(), walked.getNode());
        tables = walked.getTables();
      }
      VerifyTableRequest none =
          VerifyTableRequest.newBuilder().setGroup(group).setTable(tables).build();
      assertThrows(StatusRuntimeException.class, () -> admin.verifyTable(none));
    }
    writer.join();
  }

  @Test
  void everyShardOfAGroupTellsHowItIsUsed() {
    NodeId leader = cluster.awaitLeader(group, cluster.nodes());
    ClusterAdminGrpc.ClusterAdminBlockingStub admin =
        ClusterAdminGrpc.newBlockingStub(cluster.channel(leader));
    GetShardUsageRequest request = GetShardUsageRequest.newBuilder().setGroup(group).build();
    GetShardUsageResponse before = admin.getShardUsage(request);
    write(leader, "usage", 1);
    GetShardUsageResponse after = admin.getShardUsage(request);
    assertEquals(leader.value(), after.getNode());
    assertEquals(
        before.getShardsList().stream().map(ShardUsage::getShard).toList(),
        after.getShardsList().stream().map(ShardUsage::getShard).toList());
    assertTrue(changes(after) > changes(before), "before=" + before + " after=" + after);
    assertTrue(
        after.getShardsList().stream()
            .allMatch(shard -> shard.getDirtySegments() <= shard.getSegments()),
        after.toString());
  }

  private static long changes(GetShardUsageResponse usage) {
    return usage.getShardsList().stream().mapToLong(ShardUsage::getChanges).sum();
  }

  @Test
  void aFollowerTooFarBehindForTheLogInstallsASnapshotAndServesWhatItMissed() throws IOException {
    NodeId leader = cluster.awaitLeader(group, cluster.nodes());
    NodeId away =
        cluster.nodes().stream().filter(node -> !node.equals(leader)).findFirst().orElseThrow();
    write(leader, "before", 1);
    cluster.stop(away);
    String filler = "x".repeat(20_000);
    IntStream.rangeClosed(2, 20).forEach(i -> write(leader, filler + i, i));
    CreateSnapshotResponse snapshot =
        ClusterAdminGrpc.newBlockingStub(cluster.channel(leader))
            .createSnapshot(CreateSnapshotRequest.newBuilder().setGroup(group).build());
    assertTrue(snapshot.getIndex() >= 20, snapshot::toString);
    TestCluster.await("the log to be purged", () -> snapshotIndex(leader) == snapshot.getIndex());
    write(leader, "after", 21);

    cluster.start(away);
    TestCluster.await("the follower to catch up", () -> isReady(away));
    ReadResponse read = Calls.read(cluster.channel(away), KEY, Calls.LINEARIZABLE, 10_000);
    assertEquals("after", Calls.valueOf(read));
    assertTrue(snapshotIndex(away) >= snapshot.getIndex(), "it came by a snapshot, not by the log");
    assertEquals(1, digests().stream().map(GetDigestResponse::getDigest).distinct().count());
  }

  private long snapshotIndex(NodeId node) {
    return cluster.status(node).getReplicasList().stream()
        .filter(replica -> replica.getGroup() == group)
        .mapToLong(ReplicaStatus::getSnapshotIndex)
        .findFirst()
        .orElse(-1);
  }

  @Test
  void leadershipMovesToTheNodeAskedForAndNoAcknowledgedWriteIsMissed() {
    NodeId old = cluster.awaitLeader(group, cluster.nodes());
    write(old, "before", 1);
    NodeId next =
        cluster.nodes().stream().filter(node -> !node.equals(old)).findFirst().orElseThrow();
    TransferLeaderResponse moved =
        ClusterAdminGrpc.newBlockingStub(cluster.channel(old))
            .transferLeader(
                TransferLeaderRequest.newBuilder().setGroup(group).setToNode(next.value()).build());
    assertEquals(next.value(), moved.getLeaderNode());
    TestCluster.await("the new leader to be ready", () -> isReady(next));
    ReadResponse read = Calls.read(cluster.channel(next), KEY, Calls.LINEARIZABLE, 10_000);
    assertEquals("before", Calls.valueOf(read));
    assertEquals(Role.ROLE_LEADER, read.getFreshness().getRole());
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> write(old, "refused", 2));
    assertEquals(Status.Code.UNAVAILABLE, refused.getStatus().getCode());
  }

  @Test
  void aBoundedReadSaysHowOldItsAnswerIsAtMostAndATokenReadsItsOwnWrite() {
    NodeId leader = cluster.awaitLeader(group, cluster.nodes());
    WriteResponse written = write(leader, "mine", 1);
    for (NodeId node : cluster.nodes()) {
      ReadResponse own =
          Calls.read(
              cluster.channel(node),
              KEY,
              Consistency.newBuilder()
                  .setAtLeast(
                      Consistency.AtLeast.newBuilder().setToken(written.getFreshness().getToken()))
                  .build(),
              10_000);
      assertEquals("mine", Calls.valueOf(own));
      ReadResponse bounded =
          Calls.read(
              cluster.channel(node),
              KEY,
              Consistency.newBuilder()
                  .setBounded(Consistency.Bounded.newBuilder().setMaxStalenessMs(60_000))
                  .build(),
              10_000);
      assertEquals("mine", Calls.valueOf(bounded));
      assertTrue(bounded.getFreshness().hasStalenessMs());
      assertTrue(bounded.getFreshness().getStalenessMs() <= 60_000);
    }
  }

  private List<GetDigestResponse> digests() {
    return cluster.nodes().stream()
        .map(node ->
            ClusterAdminGrpc.newBlockingStub(cluster.channel(node))
                .getDigest(GetDigestRequest.newBuilder().setGroup(group).build()))
        .toList();
  }
}
