package io.vxmeta.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.NodeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// kill -9, one node at a time and all at once.
class KilledNodesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void everyNodeMayBeKilledInTurnUnderLoad() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(ClusterPlan.small("killed", folder));
        VxClient client = VxClient.connect(ClientConfig.of(cluster.endpoints()))) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      CounterLoad load = new CounterLoad(client, 24).start();
      try (load) {
        for (NodeId node : cluster.nodes()) {
          load.awaitProgress(200, 5, PATIENCE);
          cluster.kill(node);
          load.awaitProgress(200, 5, PATIENCE);
          cluster.restart(node);
          view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
        }
        load.awaitProgress(200, 5, PATIENCE);
      }
      load.check(ReadOptions.linearizable());
      for (NodeId node : cluster.nodes()) {
        load.check(ReadOptions.linearizable().at(node));
      }
      assertEquals("", load.violation());
      assertEquals(List.of(), view.disagreements());
    }
  }

  @Test
  void acknowledgedWritesSurviveKillingEveryNodeAtOnce() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(ClusterPlan.small("all-killed", folder));
        VxClient client = VxClient.connect(ClientConfig.of(cluster.endpoints()))) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      for (int round = 1; round <= 2; round++) {
        List<Integer> acknowledged = writeUntilKilled(cluster, client, round);
        cluster.startAll();
        view.awaitLeaders(PATIENCE);
        assertAllThere(client, round, acknowledged);
        view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
        assertEquals(List.of(), view.disagreements());
      }
    }
  }

  /// Writes in a pipeline, kills every node in the middle of it, and returns which writes were
  /// acknowledged.
  private static List<Integer> writeUntilKilled(ProcessCluster cluster, VxClient client, int round)
      throws InterruptedException {
    int writes = 3_000;
    List<CompletableFuture<Outcome<WriteAnswer>>> outcomes = new ArrayList<>();
    BulkWriter.Options hurried = BulkWriter.Options.DEFAULTS.giveUpAfter(Duration.ofSeconds(5));
    try (BulkWriter writer = client.bulkWriter(hurried)) {
      for (int i = 0; i < writes; i++) {
        outcomes.add(writer.submit(Transaction.put("default", key(round, i), Bytes.number(i))));
        if (i == writes * 2 / 3) {
          outcomes.get(writes / 3).join();
          cluster.killEach();
        }
      }
    }
    List<Integer> acknowledged =
        IntStream.range(0, writes)
            .filter(i -> outcomes.get(i).join() instanceof Outcome.Done<WriteAnswer>)
            .boxed()
            .toList();
    assertTrue(
        acknowledged.size() > writes / 3 && acknowledged.size() < writes,
        () -> "the kill must hit writes under way: acknowledged=" + acknowledged.size());
    return acknowledged;
  }

  private static void assertAllThere(VxClient client, int round, List<Integer> acknowledged) {
    List<Bytes> keys = acknowledged.stream().map(i -> key(round, i)).toList();
    List<Optional<Bytes>> found =
        client.read("default", keys, ReadOptions.linearizable().within(PATIENCE)).records().stream()
            .map(record -> record.map(StoredRecord::value))
            .toList();
    List<Optional<Bytes>> expected =
        acknowledged.stream().map(i -> Optional.of(Bytes.number(i))).toList();
    assertEquals(expected, found);
  }

  private static Bytes key(int round, int number) {
    return Bytes.utf8("round-" + round + "/" + number);
  }
}
