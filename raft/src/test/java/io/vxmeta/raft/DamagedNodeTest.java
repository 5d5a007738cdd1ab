package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.CreateSnapshotRequest;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.WriteOutcome;
import io.vxmeta.raft.ratis.LogFiles;
import io.vxmeta.raft.ratis.LogState;
import io.vxmeta.raft.recover.DivergedMark;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node whose files rotted is repaired by the others before it serves, and never starts on less
/// than it acknowledged.
final class DamagedNodeTest {
  private static final String KEY = "feature/1";

  /// In a manifest.
  private static final int DIGEST_AT = 32;

  private static final int SHA_BYTES = 32;

  @TempDir private Path directory;

  private static int groupOf(TestCluster cluster) {
    return ClusterAdminGrpc.newBlockingStub(cluster.channel(cluster.nodes().getFirst()))
        .getShardMap(GetShardMapRequest.getDefaultInstance())
        .getGroupOfShard(Calls.shardOf(KEY).value());
  }

  private static void write(TestCluster cluster, int group, int sequence) {
    String value = "v" + sequence + "-".repeat(20_000);
    assertEquals(
        WriteOutcome.APPLIED,
        Calls.write(cluster, group, Calls.put(KEY, value, Calls.producer(7, sequence)))
            .getOutcome());
  }

  private static void snapshot(TestCluster cluster, NodeId node, int group) {
    var _ =
        ClusterAdminGrpc.newBlockingStub(cluster.channel(node))
            .createSnapshot(CreateSnapshotRequest.newBuilder().setGroup(group).build());
  }

  private static List<Path> files(Path under, String name) throws IOException {
    try (Stream<Path> all = Files.walk(under)) {
      return all.filter(file -> file.getFileName().toString().matches(name)).sorted().toList();
    }
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 4;
    Path _ = Files.write(file, bytes);
  }

  private Path snapshots(NodeId node, int group) {
    return directory.resolve(node.value()).resolve("groups/" + group + "/snapshots");
  }

  private LogFiles log(NodeId node, int group) {
    return LogFiles.of(
        directory.resolve(node.value()).resolve("raft"), "test-cluster", new ShardGroupId(group));
  }

  private static void awaitValue(TestCluster cluster, NodeId node, String begins) {
    TestCluster.await(
        node + " to serve " + begins,
        () -> {
          try {
            return Calls.valueOf(Calls.read(cluster.channel(node), KEY, Calls.LINEARIZABLE, 5_000))
                .startsWith(begins);
          } catch (StatusRuntimeException notYet) {
            return false;
          }
        });
  }

  @Test
  void aNodeWhoseSnapshotsAreAllDamagedIsRepairedByTheOthers() throws IOException {
    try (TestCluster cluster = TestCluster.ofThree(directory)) {
      cluster.awaitReady();
      int group = groupOf(cluster);
      NodeId leader = cluster.awaitLeader(group, cluster.nodes());
      NodeId victim =
          cluster.nodes().stream().filter(node -> !node.equals(leader)).findFirst().orElseThrow();
      IntStream.rangeClosed(1, 10).forEach(i -> write(cluster, group, i));
      awaitValue(cluster, victim, "v10-");
      snapshot(cluster, victim, group);
      IntStream.rangeClosed(11, 20).forEach(i -> write(cluster, group, i));
      TestCluster.await("the log to be purged", () -> purged(victim, group));
      cluster.stop(victim);
      for (Path manifest : files(snapshots(victim, group), "MANIFEST")) {
        flip(manifest, 100);
      }
      cluster.start(victim);
      awaitValue(cluster, victim, "v20-");
      assertEquals(1, files(snapshots(victim, group), "MANIFEST").size());
    }
  }

  /// Every file is as the manifest says, and yet it is another state.
  @Test
  void aNodeWhoseSnapshotHasAnotherDigestIsRepairedByTheOthers() throws Exception {
    try (TestCluster cluster = TestCluster.ofThree(directory)) {
      cluster.awaitReady();
      int group = groupOf(cluster);
      NodeId victim = cluster.awaitLeader(group, cluster.nodes());
      IntStream.rangeClosed(1, 10).forEach(i -> write(cluster, group, i));
      awaitValue(cluster, victim, "v10-");
      snapshot(cluster, victim, group);
      TestCluster.await("the log to be purged", () -> purged(victim, group));
      cluster.stop(victim);
      Path wrong = files(snapshots(victim, group), "MANIFEST").getFirst();
      Path _ = Files.write(wrong, withOtherDigest(Files.readAllBytes(wrong)));
      Object before = Files.getLastModifiedTime(wrong);

      cluster.start(victim);

      awaitValue(cluster, victim, "v10-");
      List<Path> fetched = files(snapshots(victim, group), "MANIFEST");
      assertEquals(1, fetched.size());
      assertNotEquals(before, Files.getLastModifiedTime(fetched.getFirst()));
    }
  }

  /// Under a right hash of the manifest itself: docs/disk-format.md.
  private static byte[] withOtherDigest(byte[] manifest) throws NoSuchAlgorithmException {
    byte[] other = manifest.clone();
    other[DIGEST_AT] ^= 1;
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    sha.update(other, 0, other.length - SHA_BYTES);
    System.arraycopy(sha.digest(), 0, other, other.length - SHA_BYTES, SHA_BYTES);
    return other;
  }

  @Test
  void aNodeWhoseStateWasWrongTakesItFromTheLogOrTheOthersAtItsNextStart() throws IOException {
    try (TestCluster cluster = TestCluster.ofThree(directory)) {
      cluster.awaitReady();
      int group = groupOf(cluster);
      NodeId leader = cluster.awaitLeader(group, cluster.nodes());
      IntStream.rangeClosed(1, 10).forEach(i -> write(cluster, group, i));
      awaitValue(cluster, leader, "v10-");
      snapshot(cluster, leader, group);
      TestCluster.await("the log to be purged", () -> purged(leader, group));
      cluster.stop(leader);
      Path home = directory.resolve(leader.value()).resolve("groups/" + group);
      DivergedMark mark = DivergedMark.in(home);
      mark.set(11);
      List<Path> wrong = files(snapshots(leader, group), "MANIFEST");
      assertEquals(1, wrong.size());
      Object before = Files.getLastModifiedTime(wrong.getFirst());
      cluster.start(leader);
      awaitValue(cluster, leader, "v10-");
      assertTrue(Files.notExists(mark.file()));
      List<Path> fetched = files(snapshots(leader, group), "MANIFEST");
      assertEquals(1, fetched.size());
      assertNotEquals(before, Files.getLastModifiedTime(fetched.getFirst()));
    }
  }

  /// What is left when a node dies between publishing a fetched snapshot and loading it.
  @Test
  void aNodeWhoseLogEndsBeforeItsSnapshotGoesOnFromTheSnapshot() throws IOException {
    try (TestCluster cluster = TestCluster.ofThree(directory)) {
      cluster.awaitReady();
      int group = groupOf(cluster);
      NodeId first = cluster.awaitLeader(group, cluster.nodes());
      NodeId victim =
          cluster.nodes().stream().filter(node -> !node.equals(first)).findFirst().orElseThrow();
      write(cluster, group, 1);
      awaitValue(cluster, victim, "v1-");
      cluster.stop(victim);
      cluster.stop(first);
      cluster.start(first);
      // Under a leader of a later term.
      IntStream.rangeClosed(2, 20).forEach(i -> write(cluster, group, i));
      NodeId leader = cluster.awaitLeader(group, cluster.running());
      awaitValue(cluster, leader, "v20-");
      snapshot(cluster, leader, group);
      TestCluster.await("the log to be purged", () -> purged(leader, group));
      copyNewest(snapshots(leader, group), snapshots(victim, group));
      cluster.start(victim);
      awaitValue(cluster, victim, "v20-");
      write(cluster, group, 21);
      awaitValue(cluster, victim, "v21-");
    }
  }

  private static void copyNewest(Path from, Path to) throws IOException {
    Path newest = Objects.requireNonNull(files(from, "MANIFEST").getLast().getParent());
    Path copy = Files.createDirectories(to.resolve(newest.getFileName()));
    try (Stream<Path> all = Files.list(newest)) {
      for (Path file : all.toList()) {
        Path _ = Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
  }

  private boolean purged(NodeId node, int group) {
    try {
      return !(log(node, group).check() instanceof LogState.Whole whole) || whole.first() > 0;
    } catch (IOException filesMoveMeanwhile) {
      return false;
    }
  }

  @Test
  void aNodeWithADamagedLogStartsOnlyWithAllItMayHaveAcknowledged() throws IOException {
    try (TestCluster cluster = TestCluster.ofThree(directory)) {
      cluster.awaitReady();
      int group = groupOf(cluster);
      IntStream.rangeClosed(1, 20).forEach(i -> write(cluster, group, i));
      NodeId leader = cluster.awaitLeader(group, cluster.nodes());
      awaitValue(cluster, leader, "v20-");
      cluster.stop(leader);
      Path current =
          files(directory.resolve(leader.value()).resolve("raft/log"), "log_.*").stream()
              .filter(file -> isOf(file, leader, group))
              .toList()
              .getLast();
      flip(current, 200);
      cluster.start(leader);
      awaitValue(cluster, leader, "v20-");
      List<NodeId> others = cluster.nodes().stream().filter(node -> !node.equals(leader)).toList();
      write(cluster, group, 21);
      awaitValue(cluster, others.getFirst(), "v21-");
    }
  }

  private boolean isOf(Path file, NodeId node, int group) {
    return file.startsWith(log(node, group).directory());
  }

  @Test
  void aNodeThatNobodyCanRepairSaysSoAndDoesNotStart() throws IOException {
    try (TestCluster cluster = TestCluster.ofOne(directory)) {
      cluster.awaitReady();
      int group = groupOf(cluster);
      NodeId node = cluster.nodes().getFirst();
      IntStream.rangeClosed(1, 10).forEach(i -> write(cluster, group, i));
      cluster.stop(node);
      Path file =
          files(directory.resolve(node.value()).resolve("raft/log"), "log_.*").stream()
              .filter(each -> isOf(each, node, group))
              .toList()
              .getFirst();
      flip(file, 200);
      IOException refused = assertThrows(IOException.class, () -> cluster.start(node));
      assertTrue(
          String.valueOf(refused.getMessage()).contains("restore a backup"), refused::toString);
    }
  }
}
