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
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
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

  private WriteResponse write(String value, long sequence) {
    return Calls.write(cluster, group, Calls.put(KEY, value, Calls.producer(7, sequence)));
  }

  private void writeUpTo(int last) {
    IntStream.rangeClosed(1, last).forEach(i -> write("v" + i, i));
  }

  private ReadResponse read(NodeId node) {
    return Calls.readPatiently(cluster.channel(node), KEY, Calls.LINEARIZABLE);
  }

  @Test
  void everyReplicaAnswersALinearizableReadWithTheAcknowledgedValue() {
    for (int i = 1; i <= 50; i++) {
      String value = "v" + i;
      assertEquals(WriteOutcome.APPLIED, write(value, i).getOutcome());
      // Asked again only if an election came between.
      TestCluster.await("each node to say its role", () -> allSayTheirRole(value));
    }
  }

  private boolean allSayTheirRole(String value) {
    NodeId leader = cluster.awaitLeader(group, cluster.nodes());
    return cluster.nodes().stream()
        .allMatch(node ->
            roleOnRead(node, value)
                == (node.equals(leader) ? Role.ROLE_LEADER : Role.ROLE_FOLLOWER));
  }

  private Role roleOnRead(NodeId node, String value) {
    ReadResponse read = read(node);
    assertEquals(value, Calls.valueOf(read), "read from " + node);
    assertEquals(node.value(), read.getFreshness().getNode());
    assertEquals(0, read.getFreshness().getStalenessMs());
    return read.getFreshness().getRole();
  }

  @Test
  void aRepeatedSequenceGetsTheFirstAnswerAlsoAfterALeaderChange() {
    WriteRequest request = Calls.put(KEY, "once", Calls.producer(9, 1));
    WriteResponse original = Calls.write(cluster, group, request);
    cluster.stop(cluster.awaitLeader(group, cluster.nodes()));
    WriteResponse repeated = Calls.write(cluster, group, request);
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
    write("before", 1);
    NodeId old = cluster.isolateLeader(group, this::isReady);
    List<NodeId> others = cluster.nodes().stream().filter(node -> !node.equals(old)).toList();
    Calls.write(cluster, others, group, Calls.put(KEY, "after", Calls.producer(7, 2)));

    // The fault bit: the old replica still holds the old value, and says so when asked for anything
    // it has.
    assertEquals(
        "before", Calls.valueOf(Calls.readPatiently(cluster.channel(old), KEY, Calls.LOCAL)));
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
    assertEquals("after", Calls.valueOf(read(old)));
  }

  @Test
  void everyAcknowledgedWriteIsThereAfterAllNodesRestart() throws IOException {
    writeUpTo(200);
    cluster.stopAll();
    cluster.startAll();
    cluster.awaitReady();
    for (NodeId node : cluster.nodes()) {
      assertEquals("v200", Calls.valueOf(read(node)));
    }
    assertFalse(digests().isEmpty());
  }

  @Test
  void replicasHaveEqualDigestsAtEqualIndex() {
    writeUpTo(100);
    AtomicReference<List<GetDigestResponse>> digests = new AtomicReference<>(List.of());
    TestCluster.await(
        "equal applied indices",
        () -> {
          List<GetDigestResponse> now = digests();
          digests.set(now);
          return different(now, GetDigestResponse::getAppliedIndex) == 1;
        });
    List<GetDigestResponse> equallyFar = Objects.requireNonNull(digests.get());
    assertEquals(1, different(equallyFar, GetDigestResponse::getDigest), equallyFar::toString);
  }

  private static long different(
      List<GetDigestResponse> digests, Function<GetDigestResponse, Object> part) {
    return digests.stream().map(part).distinct().count();
  }

  @Test
  void replicasTakeEqualFingerprintsAtTheSameLogIndexes() {
    writeUpTo(200);
    TestCluster.await(
        "three fingerprints of each replica",
        () -> cluster.nodes().stream().allMatch(node -> fingerprints(node).size() >= 3));
    assertEquals(
        1,
        cluster.nodes().stream().map(node -> fingerprints(node).subList(0, 3)).distinct().count());
  }

  private List<IndexDigest> fingerprints(NodeId node) {
    DigestsRequest request =
        DigestsRequest.newBuilder().setGroup(group).setClusterId("test-cluster").build();
    return Calls.patiently(() ->
        PeerGrpc.newBlockingStub(cluster.peerChannel(node)).digests(request).getDigestsList());
  }

  @Test
  void everyTableOfEveryReplicaIsWalkedBesideWrites() throws InterruptedException {
    Thread writer = Thread.ofVirtual().start(() -> writeUpTo(100));
    try {
      cluster.nodes().forEach(this::assertEveryTableIsWalked);
    } finally {
      writer.join();
    }
  }

  private void assertEveryTableIsWalked(NodeId node) {
    ClusterAdminGrpc.ClusterAdminBlockingStub admin = admin(node);
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

  private ClusterAdminGrpc.ClusterAdminBlockingStub admin(NodeId node) {
    return ClusterAdminGrpc.newBlockingStub(cluster.channel(node));
  }

  @Test
  void everyShardOfAGroupTellsHowItIsUsed() {
    NodeId node = cluster.awaitLeader(group, cluster.nodes());
    GetShardUsageRequest request = GetShardUsageRequest.newBuilder().setGroup(group).build();
    GetShardUsageResponse before = admin(node).getShardUsage(request);
    write("usage", 1);
    // Whoever led when it was written: this replica has applied it then.
    var _ = read(node);
    GetShardUsageResponse after = admin(node).getShardUsage(request);
    assertEquals(node.value(), after.getNode());
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
    write("before", 1);
    cluster.stop(away);
    String filler = "x".repeat(20_000);
    IntStream.rangeClosed(2, 20).forEach(i -> write(filler + i, i));
    cluster.running().forEach(this::read);
    // Of both: either of them may lead when the follower is back.
    long index = cluster.running().stream().mapToLong(this::snapshot).min().orElseThrow();
    write("after", 21);

    cluster.start(away);
    assertEquals("after", Calls.valueOf(read(away)));
    assertTrue(
        cluster.snapshotIndex(away, group) >= index, "it came by a snapshot, not by the log");
    assertEquals(1, different(digests(), GetDigestResponse::getDigest));
  }

  /// Returns its index when the log is purged.
  private long snapshot(NodeId node) {
    CreateSnapshotResponse snapshot =
        admin(node).createSnapshot(CreateSnapshotRequest.newBuilder().setGroup(group).build());
    assertTrue(snapshot.getIndex() >= 20, snapshot::toString);
    TestCluster.await(
        "the log to be purged", () -> cluster.snapshotIndex(node, group) == snapshot.getIndex());
    return snapshot.getIndex();
  }

  @Test
  void leadershipMovesToTheNodeAskedForAndNoAcknowledgedWriteIsMissed() {
    write("before", 1);
    NodeId old = cluster.awaitLeader(group, cluster.nodes());
    NodeId next =
        cluster.nodes().stream().filter(node -> !node.equals(old)).findFirst().orElseThrow();
    assertEquals(next.value(), moveLead(next).getLeaderNode());
    assertEquals("before", Calls.valueOf(read(next)));
    TestCluster.await(
        next + " to say that it leads, and " + old + " to refuse a write",
        () -> {
          // Again, if an election moved it on.
          var _ = moveLead(next);
          return read(next).getFreshness().getRole() == Role.ROLE_LEADER && refusesWrite(old);
        });
  }

  /// Whoever leads is asked; a transfer that was not done in time is refused.
  private TransferLeaderResponse moveLead(NodeId to) {
    TransferLeaderRequest request =
        TransferLeaderRequest.newBuilder().setGroup(group).setToNode(to.value()).build();
    return Calls.patiently(
        () -> admin(cluster.awaitLeader(group, cluster.nodes())).transferLeader(request));
  }

  private boolean refusesWrite(NodeId node) {
    try {
      var _ =
          Calls.write(cluster.channel(node), KEY, Calls.put(KEY, "refused", Calls.producer(7, 2)));
      return false;
    } catch (StatusRuntimeException refused) {
      return refused.getStatus().getCode() == Status.Code.UNAVAILABLE;
    }
  }

  @Test
  void aBoundedReadSaysHowOldItsAnswerIsAtMostAndATokenReadsItsOwnWrite() {
    WriteResponse written = write("mine", 1);
    for (NodeId node : cluster.nodes()) {
      ReadResponse own =
          Calls.readPatiently(
              cluster.channel(node),
              KEY,
              Consistency.newBuilder()
                  .setAtLeast(
                      Consistency.AtLeast.newBuilder().setToken(written.getFreshness().getToken()))
                  .build());
      assertEquals("mine", Calls.valueOf(own));
      ReadResponse bounded =
          Calls.readPatiently(
              cluster.channel(node),
              KEY,
              Consistency.newBuilder()
                  .setBounded(Consistency.Bounded.newBuilder().setMaxStalenessMs(60_000))
                  .build());
      assertEquals("mine", Calls.valueOf(bounded));
      assertTrue(bounded.getFreshness().hasStalenessMs());
      assertTrue(bounded.getFreshness().getStalenessMs() <= 60_000);
    }
  }

  private List<GetDigestResponse> digests() {
    GetDigestRequest request = GetDigestRequest.newBuilder().setGroup(group).build();
    return cluster.nodes().stream()
        .map(node -> Calls.patiently(() -> admin(node).getDigest(request)))
        .toList();
  }
}
