package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.Consistency;
import io.vxmeta.client.v1.CreateNamespaceRequest;
import io.vxmeta.client.v1.GetDigestRequest;
import io.vxmeta.client.v1.GetDigestResponse;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.ListNamespacesRequest;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.client.v1.Token;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.raft.backup.BackupSteps;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.statemachine.StateDigest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A new cluster that begins with the backup of another one.
final class RestoredClusterTest {
  private static final String KEY = "feature/1";
  private static final int BEFORE_BACKUP = 20;

  @TempDir private Path directory;

  /// The group of the key, the newest token, and what the backup must come to.
  private record Left(int group, Token newest, GetDigestResponse digest) {}

  private Path backup() {
    return directory.resolve("backup");
  }

  private static WriteResponse put(Channel channel, String value, long sequence) {
    return Calls.write(channel, KEY, Calls.put(KEY, value, Calls.producer(7, sequence)));
  }

  private static WriteResponse put(TestCluster cluster, int group, String value, long sequence) {
    return Calls.write(cluster, group, Calls.put(KEY, value, Calls.producer(7, sequence)));
  }

  private static ShardMapMessage map(Channel channel) {
    return ClusterAdminGrpc.newBlockingStub(channel)
        .getShardMap(GetShardMapRequest.getDefaultInstance());
  }

  private static GetDigestResponse digest(Channel channel, int group) {
    return ClusterAdminGrpc.newBlockingStub(channel)
        .getDigest(GetDigestRequest.newBuilder().setGroup(group).build());
  }

  private Left leaveABackup() throws IOException {
    try (TestCluster old = TestCluster.ofOne(directory.resolve("old"))) {
      old.awaitReady();
      Channel channel = old.channel(old.nodes().getFirst());
      var _ =
          ClusterAdminGrpc.newBlockingStub(channel)
              .createNamespace(CreateNamespaceRequest.newBuilder().setNamespace("kept").build());
      for (int i = 1; i <= BEFORE_BACKUP; i++) {
        var _ = put(channel, "v" + i, i);
      }
      int group = map(channel).getGroupOfShard(Calls.shardOf(KEY).value());
      GetDigestResponse digest = digest(channel, group);
      try (VxClient client = connect(old)) {
        BackupSteps.create(client, backup(), directory.resolve("scratch"));
      }
      Token newest = put(channel, "after the backup", BEFORE_BACKUP + 1).getFreshness().getToken();
      return new Left(group, newest, digest);
    }
  }

  private static VxClient connect(TestCluster cluster) {
    return VxClient.connect(
        ClientConfig.of(cluster.clientEndpoints()).withDeadline(TestCluster.PATIENCE));
  }

  private static void assertServed(TestCluster cluster, String value) {
    for (NodeId node : cluster.nodes()) {
      TestCluster.await(
          node + " to serve",
          () -> {
            try {
              return Calls.valueOf(
                      Calls.read(cluster.channel(node), KEY, Calls.LINEARIZABLE, 10_000))
                  .equals(value);
            } catch (StatusRuntimeException notYet) {
              return false;
            }
          });
    }
  }

  @Test
  void aRestoredClusterGoesOnWhereTheBackupEndsAndTakesNoTokenOfTheOldOne() throws IOException {
    Left left = leaveABackup();
    List<StateDigest> saved = BackupSteps.verify(backup(), directory.resolve("scratch"));
    assertEquals(left.digest().getDigest(), saved.get(left.group()).digest());
    assertEquals(left.digest().getRevision(), saved.get(left.group()).revision());

    try (TestCluster cluster =
        TestCluster.ofThree(
            directory.resolve("new"),
            "new-cluster",
            config -> BackupSteps.restore(backup(), config))) {
      cluster.awaitReady();
      assertServed(cluster, "v" + BEFORE_BACKUP);
      for (NodeId node : cluster.nodes()) {
        GetDigestResponse restored = digest(cluster.channel(node), left.group());
        assertEquals(left.digest().getDigest(), restored.getDigest());
        ShardMapMessage map = map(cluster.channel(node));
        assertEquals("new-cluster", map.getClusterId());
        assertEquals(3, map.getNodesCount());
      }
      assertRefused(cluster, left.newest());
      assertExactlyOnce(cluster, left.group());
      assertServed(cluster, "w21");
      // Also now, that the new cluster has given the revision to another write.
      assertRefused(cluster, left.newest());
      Channel any = cluster.channel(cluster.nodes().getFirst());
      assertTrue(
          Calls.patiently(() ->
                  ClusterAdminGrpc.newBlockingStub(any)
                      .listNamespaces(ListNamespacesRequest.getDefaultInstance()))
              .getNamespacesList()
              .contains("kept"));

      cluster.stopAll();
      cluster.startAll();
      cluster.awaitReady();
      assertServed(cluster, "w21");
    }
  }

  private static void assertExactlyOnce(TestCluster cluster, int group) {
    WriteResponse repeated = put(cluster, group, "another value", BEFORE_BACKUP);
    assertTrue(repeated.getReplayed(), repeated::toString);
    assertEquals(BEFORE_BACKUP, repeated.getFreshness().getToken().getRevision());
    // Its value, which is read next, shows that it is not the old cluster's write of that sequence.
    WriteResponse next = put(cluster, group, "w21", BEFORE_BACKUP + 1);
    assertEquals(BEFORE_BACKUP + 1, next.getFreshness().getToken().getRevision());
  }

  private static void assertRefused(TestCluster cluster, Token token) {
    Consistency atLeast =
        Consistency.newBuilder()
            .setAtLeast(Consistency.AtLeast.newBuilder().setToken(token))
            .build();
    for (NodeId node : cluster.nodes()) {
      StatusRuntimeException refused =
          assertThrows(
              StatusRuntimeException.class,
              () -> Calls.read(cluster.channel(node), KEY, atLeast, 10_000));
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("FOREIGN_TOKEN"), message);
      assertTrue(message.contains("from whose backup this one was restored"), message);
    }
  }
}
