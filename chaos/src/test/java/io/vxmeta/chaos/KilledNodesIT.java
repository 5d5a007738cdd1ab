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
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// kill -9, one node at a time and all at once.
@EnabledIfSystemProperty(
    named = "vx.long",
    matches = "true",
    disabledReason = "FaultsIT, the gate and GrowingClusterIT kill nodes, one and all")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class KilledNodesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(150);

  /// As many as one pipeline of each of three groups takes without waiting.
  private static final int WRITES = 2_400;

  private static final int ROUNDS = 2;

  /// More than two only until a kill has hit writes under way.
  private static final int ROUNDS_MOST = 6;

  @TempDir Path folder;

  /// No call is over before the nodes had time to come back.
  private static VxClient connect(ProcessCluster cluster) {
    return VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE));
  }

  @Test
  void everyNodeMayBeKilledInTurnUnderLoad() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(ClusterPlan.small("killed", folder));
        VxClient client = connect(cluster)) {
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
        VxClient client = connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      boolean hit = false;
      for (int round = 1; round <= ROUNDS || (!hit && round <= ROUNDS_MOST); round++) {
        hit |= writeThroughTheDeathOfAll(cluster, client, round);
        view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
        assertAllThere(client, round);
        assertEquals(List.of(), view.disagreements());
      }
      assertTrue(hit, "a kill must hit writes under way");
    }
  }

  /// Writes in a pipeline, kills every node in the middle of it and starts them again: the pipeline
  /// goes on where it was. False: all was answered before they died, because whoever kills had to
  /// wait for the processor.
  private static boolean writeThroughTheDeathOfAll(
      ProcessCluster cluster, VxClient client, int round) throws Exception {
    List<CompletableFuture<Outcome<WriteAnswer>>> outcomes = new ArrayList<>();
    long answered;
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (int i = 0; i < WRITES; i++) {
        outcomes.add(writer.submit(Transaction.put("default", key(round, i), Bytes.number(i))));
      }
      outcomes.get(WRITES / 10).join();
      cluster.killEach();
      answered = outcomes.stream().filter(CompletableFuture::isDone).count();
      cluster.startAll();
      writer.flush();
    }
    for (CompletableFuture<Outcome<WriteAnswer>> outcome : outcomes) {
      assertTrue(outcome.join() instanceof Outcome.Done<WriteAnswer>, () -> "" + outcome.join());
    }
    return answered < WRITES;
  }

  private static void assertAllThere(VxClient client, int round) {
    List<Bytes> keys = IntStream.range(0, WRITES).mapToObj(i -> key(round, i)).toList();
    List<Optional<Bytes>> found =
        client.read("default", keys, ReadOptions.linearizable().within(PATIENCE)).records().stream()
            .map(record -> record.map(StoredRecord::value))
            .toList();
    List<Optional<Bytes>> expected =
        IntStream.range(0, WRITES).mapToObj(i -> Optional.of(Bytes.number(i))).toList();
    assertEquals(expected, found);
  }

  private static Bytes key(int round, int number) {
    return Bytes.utf8("round-" + round + "/" + number);
  }
}
