package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ClusterAdmin.ClusterBeginning;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.v1.GetStatusResponse;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nodes that wait until somebody begins their cluster.
final class ClusterInitTest {
  private static final int OPERATORS = 8;

  @TempDir private Path directory;
  private TestCluster cluster;

  @BeforeEach
  void start() throws IOException {
    cluster = TestCluster.ofThreeThatWait(directory);
    NodeId _ = cluster.awaitLeader(0, cluster.nodes());
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private VxClient client() {
    return VxClient.connect(
        ClientConfig.of(cluster.clientEndpoints()).withDeadline(TestCluster.PATIENCE));
  }

  @Test
  void aClusterThatWaitsSaysForWhatAndBeginsOnceWhoeverAsks() throws IOException {
    for (NodeId node : cluster.nodes()) {
      GetStatusResponse status = cluster.status(node);
      assertFalse(status.getReady());
      assertTrue(status.getNotReadyReason().contains("vxctl cluster init"), status::toString);
    }
    List<CompletableFuture<ClusterBeginning>> asked =
        IntStream.range(0, OPERATORS)
            .mapToObj(_ -> CompletableFuture.supplyAsync(this::begin, Thread::startVirtualThread))
            .toList();
    List<ClusterBeginning> said = asked.stream().map(CompletableFuture::join).toList();
    // Nobody, if that answer got lost on a busy machine.
    assertTrue(said.stream().filter(ClusterBeginning::created).count() <= 1, said::toString);
    assertEquals(1, said.stream().map(each -> each.map().epoch()).distinct().count());
    cluster.awaitReady();
    try (VxClient client = client()) {
      assertTrue(
          client
              .write(Transaction.put("default", Bytes.utf8("key"), Bytes.utf8("value")))
              .orThrow()
              .applied());
    }
    cluster.stopAll();
    cluster.startAll();
    cluster.awaitReady();
    assertFalse(begin().created());
    try (VxClient client = client()) {
      assertEquals(
          Bytes.utf8("value"), client.get("default", Bytes.utf8("key")).orElseThrow().value());
    }
  }

  private ClusterBeginning begin() {
    try (VxClient client = client()) {
      return client.admin().initCluster(Optional.of("test-cluster"));
    }
  }

  @Test
  void nodesOfAnotherClusterRefuseAndNothingBegins() {
    try (VxClient client = client()) {
      CallFailed refused =
          assertThrows(
              CallFailed.class,
              () -> assertFalse(client.admin().initCluster(Optional.of("other")).created()));
      assertEquals("INVALID_REQUEST", refused.reason());
      assertEquals("test-cluster", refused.facts().get("cluster"));
    }
    for (NodeId node : cluster.nodes()) {
      assertEquals(0, cluster.status(node).getMapEpoch());
    }
    assertTrue(begin().created());
  }
}
