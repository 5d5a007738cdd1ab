package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.client.v1.ReadIndexRequest;
import io.vxmeta.client.v1.ReplicaStatus;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What operators see from outside, under the names their dashboards use.
final class AdminPortTest {
  private static final NodeId NODE = new NodeId("node-1");

  @TempDir private static Path directory;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    cluster = TestCluster.ofOne(directory);
    cluster.awaitReady();
    Calls.write(cluster.channel(NODE), "k", Calls.put("k", "v", Calls.producer(31, 1)));
    Calls.read(cluster.channel(NODE), "k", Calls.LINEARIZABLE, 10_000);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static HttpResponse<String> fetch(String path) throws IOException, InterruptedException {
    Endpoint admin = cluster.node(NODE).admin();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://" + admin + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void theCanariesHaveTheirExactNames() throws Exception {
    String metrics = fetch("/metrics").body();
    for (String canary : List.of("vx_meta_shard_gc_pause_ms", "vx_meta_dirty_ratio")) {
      assertTrue(
          metrics.lines().anyMatch(line -> line.matches(canary + "(\\{[^}]*})? [0-9.E-]+")),
          () -> canary + " is missing from:\n" + metrics);
    }
  }

  @Test
  void writesReadsAndSyncsAreMeasured() throws Exception {
    String metrics = fetch("/metrics").body();
    for (String counted :
        List.of(
            "vx_meta_batch_transactions_count",
            "vx_meta_commit_seconds_count",
            "vx_meta_apply_seconds_count",
            "vx_meta_barrier_round_seconds_count",
            "ratis_log_worker_syncTime_seconds_count")) {
      double total =
          metrics
              .lines()
              .filter(line -> line.startsWith(counted))
              .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
              .sum();
      assertTrue(total > 0, () -> counted + " counted nothing in:\n" + metrics);
    }
    assertTrue(metrics.contains("vx_meta_leader{group=\"0\"} 1.0"));
    assertTrue(metrics.contains("vx_meta_replica_lag_entries{group=\"0\"}"));
  }

  @Test
  void theGroupsHaveTheShardsBetweenThemAndTheRootGroupNone() {
    List<ReplicaStatus> replicas = cluster.status(NODE).getReplicasList();
    assertEquals(0, replicas.getFirst().getGroup());
    assertEquals(0, replicas.getFirst().getShards());
    assertEquals(ShardId.COUNT, replicas.stream().mapToInt(ReplicaStatus::getShards).sum());
  }

  @Test
  void callsAreCountedByMethodAndCodeWhateverIsCalled() {
    assertThrows(
        StatusRuntimeException.class,
        () ->
            PeerGrpc.newBlockingStub(cluster.channel(NODE))
                .readIndex(ReadIndexRequest.getDefaultInstance()));
    TestCluster.await(
        "a write and a read that went well, and a call to what is not there",
        () ->
            counted("vx_meta_rpc_requests_total{code=\"OK\",method=\"MetadataStore/Write\"}")
                && counted("vx_meta_rpc_requests_total{code=\"OK\",method=\"MetadataStore/Read\"}")
                && counted("vx_meta_rpc_seconds_count{method=\"MetadataStore/Read\"}")
                && counted("vx_meta_rpc_requests_total{code=\"UNIMPLEMENTED\",method=\"other\"}"));
  }

  private static boolean counted(String series) {
    try {
      return fetch("/metrics")
          .body()
          .lines()
          .filter(line -> line.startsWith(series + " "))
          .anyMatch(line -> Double.parseDouble(line.substring(series.length())) >= 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aServingNodeIsAliveAndReady() throws Exception {
    assertEquals(200, fetch("/livez").statusCode());
    assertEquals(200, fetch("/readyz").statusCode());
    assertEquals(404, fetch("/nothing").statusCode());
  }
}
