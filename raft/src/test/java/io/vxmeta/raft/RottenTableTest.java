package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.CreateSnapshotRequest;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.raft.ratis.LogFiles;
import io.vxmeta.raft.ratis.LogState;
import io.vxmeta.raft.recover.DivergedMark;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A replica with a damaged live table stops by itself and comes back with the others' state; a
/// sound one never does.
final class RottenTableTest {
  private static final String KEY = "feature/1";
  private static final String VALUE = "a-value-that-rots";

  /// Values of 20 KB, and files of 64 KiB.
  private static final int LOG_FILES_FULL = 10;

  /// Of the table's heap; the first records lie at its beginning.
  private static final int HEAP_BYTES_SEARCHED = 32 << 20;

  @TempDir private Path directory;

  @Test
  void aFlippedByteOfARecordIsFoundAndTheReplicaIsRepairedWhileTheOthersServe() throws Exception {
    try (TestCluster cluster = TestCluster.ofThreeWithTablesInFiles(directory)) {
      cluster.awaitReady();
      ShardMapMessage map = map(cluster);
      int group = map.getGroupOfShard(Calls.shardOf(KEY).value());
      long tables = map.getGroupOfShardList().stream().filter(each -> each == group).count();
      NodeId leader = cluster.awaitLeader(group, cluster.nodes());
      NodeId victim =
          cluster.nodes().stream().filter(node -> !node.equals(leader)).findFirst().orElseThrow();
      Calls.write(cluster, group, Calls.put(KEY, VALUE, Calls.producer(7, 1)));
      List<String> others = keysOf(map, group);
      for (int i = 1; i <= LOG_FILES_FULL; i++) {
        write(cluster, group, others.getFirst(), "x".repeat(20_000), i);
      }
      TestCluster.await("the writes to be at the victim", () -> serves(cluster, victim));
      snapshot(cluster, victim, group);
      TestCluster.await("the log to be purged", () -> purged(victim, group));
      AtomicBoolean enough = new AtomicBoolean();
      Thread writer = Thread.ofVirtual().start(() -> writeAll(cluster, group, others, enough));
      try {
        for (NodeId node : cluster.nodes()) {
          TestCluster.await(
              "a walk over all tables of " + node, () -> walked(cluster, node, group) >= tables);
        }
        assertEquals(List.of(), cluster.takeFatal(), "beside writes nobody is accused");
        spoilAndRepair(cluster, victim, group);
      } finally {
        enough.set(true);
        writer.join();
      }
      assertEquals(List.of(), cluster.takeFatal(), "nobody else was accused");
    }
  }

  private void spoilAndRepair(TestCluster cluster, NodeId victim, int group) throws IOException {
    flip(victim, group);
    TestCluster.await("the damage to be found", cluster::hasFatal);
    cluster.stop(victim);
    List<String> found = cluster.takeFatal();
    assertEquals(1, found.size(), found::toString);
    String said = found.getFirst();
    assertTrue(
        said.startsWith(
            victim.value() + ": a live table of this replica is damaged: group=" + group),
        said);
    assertTrue(said.contains("shard=" + Calls.shardOf(KEY).value()), said);
    DivergedMark mark =
        DivergedMark.in(directory.resolve(victim.value()).resolve("groups/" + group));
    assertTrue(Files.exists(mark.file()));

    cluster.start(victim);
    TestCluster.await("the repaired node to serve", () -> serves(cluster, victim));
    assertTrue(Files.notExists(mark.file()));
  }

  private static ShardMapMessage map(TestCluster cluster) {
    return ClusterAdminGrpc.newBlockingStub(cluster.channel(cluster.nodes().getFirst()))
        .getShardMap(GetShardMapRequest.getDefaultInstance());
  }

  private static void snapshot(TestCluster cluster, NodeId node, int group) {
    var _ =
        ClusterAdminGrpc.newBlockingStub(cluster.channel(node))
            .createSnapshot(CreateSnapshotRequest.newBuilder().setGroup(group).build());
  }

  private static List<String> keysOf(ShardMapMessage map, int group) {
    return IntStream.range(0, 500)
        .mapToObj(i -> "other/" + i)
        .filter(key -> map.getGroupOfShard(Calls.shardOf(key).value()) == group)
        .toList();
  }

  private static void write(
      TestCluster cluster, int group, String key, String value, int sequence) {
    var _ = Calls.write(cluster, group, Calls.put(key, value, Calls.producer(8, sequence)));
  }

  /// Records of the group, again and again.
  private static void writeAll(
      TestCluster cluster, int group, List<String> keys, AtomicBoolean enough) {
    for (int sequence = LOG_FILES_FULL + 1; !enough.get(); sequence++) {
      String key = keys.get(sequence % keys.size());
      write(cluster, group, key, "v".repeat(sequence % 300), sequence);
    }
  }

  private boolean purged(NodeId node, int group) {
    Path raft = directory.resolve(node.value()).resolve("raft");
    try {
      LogState log = LogFiles.of(raft, "test-cluster", new ShardGroupId(group)).check();
      return !(log instanceof LogState.Whole whole) || whole.first() > 0;
    } catch (IOException filesMoveMeanwhile) {
      return false;
    }
  }

  private static double walked(TestCluster cluster, NodeId node, int group) {
    String metric = "vx_meta_scrubbed_tables_total{group=\"" + group + "\"} ";
    URI admin = URI.create("http://" + cluster.node(node).admin() + "/metrics");
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(admin).build(), HttpResponse.BodyHandlers.ofString())
          .body()
          .lines()
          .filter(line -> line.startsWith(metric))
          .mapToDouble(line -> Double.parseDouble(line.substring(metric.length())))
          .sum();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  /// The file is the table's memory.
  private void flip(NodeId node, int group) throws IOException {
    Path heap =
        directory
            .resolve(node.value())
            .resolve("groups/" + group + "/live")
            .resolve(
                String.format(Locale.ROOT, "shard-%03d.live-heap", Calls.shardOf(KEY).value()));
    try (FileChannel channel =
        FileChannel.open(heap, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      byte[] bytes = new byte[(int) Math.min(HEAP_BYTES_SEARCHED, channel.size())];
      int _ = channel.read(ByteBuffer.wrap(bytes), 0);
      int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(VALUE);
      assertTrue(at > 0, "the record lies in " + heap);
      bytes[at] ^= 1;
      assertEquals(1, channel.write(ByteBuffer.wrap(bytes, at, 1), at));
    }
  }

  private static boolean serves(TestCluster cluster, NodeId node) {
    try {
      return Calls.valueOf(Calls.read(cluster.channel(node), KEY, Calls.LINEARIZABLE, 5_000))
          .equals(VALUE);
    } catch (StatusRuntimeException notYet) {
      return false;
    }
  }
}
