package io.vxmeta.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A leader that was replaced without knowing it must not answer as if it still led.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OldLeaderIT {
  /* Each round: a value is written, the leader is taken out of sight, another leader acknowledges a newer value, and the
   * old leader is asked: it may refuse, it may answer with the newer value, never with the older one. */

  private static final Duration PATIENCE = Duration.ofSeconds(150);
  private static final int ROUNDS = 3;

  /// Questions that wait at the old leader's door at the moment it wakes.
  private static final int QUESTIONS = 40;

  private static final ShardGroupId GROUP = new ShardGroupId(1);

  @TempDir Path folder;

  @Test
  void frozenLeaderThatWakesNeverAnswersWithOldData() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(ClusterPlan.small("frozen", folder));
        VxClient client = connect(cluster)) {
      Scene scene = new Scene(cluster, client);
      for (long round = 1; round <= ROUNDS; round++) {
        scene.write(2 * round - 1);
        NodeId old = scene.leader();
        cluster.freeze(old);
        scene.awaitReplaced(old);
        scene.write(2 * round);
        List<CompletableFuture<ReadAnswer>> waiting = scene.ask(old);
        cluster.thaw(old);
        scene.assertNoneOlderThan(2 * round, waiting);
        scene.assertAnswersAgain(old, 2 * round);
      }
    }
  }

  @Test
  void cutOffLeaderNeverAnswersWithOldData() throws Exception {
    ClusterPlan plan = ClusterPlan.small("cut-off", folder).wired(ClusterPlan.Wiring.PROXIED);
    try (ProcessCluster cluster = ProcessCluster.start(plan);
        VxClient client = connect(cluster)) {
      Scene scene = new Scene(cluster, client);
      for (long round = 1; round <= ROUNDS; round++) {
        scene.write(2 * round - 1);
        NodeId old = scene.leader();
        cluster.network().isolate(old);
        scene.awaitReplaced(old);
        scene.write(2 * round);
        scene.assertNoneOlderThan(2 * round, scene.ask(old));
        cluster.network().heal();
        scene.assertAnswersAgain(old, 2 * round);
      }
    }
  }

  private static VxClient connect(ProcessCluster cluster) {
    return VxClient.connect(
        ClientConfig.of(cluster.endpoints()).withAttempt(Duration.ofMillis(500)));
  }

  /// One key, its group's leaders, and questions to a node.
  private static final class Scene {
    private final VxClient client;
    private final ClusterView view;
    private final Bytes key;

    Scene(ProcessCluster cluster, VxClient client) {
      this.client = client;
      this.view = new ClusterView(client);
      view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
      view.awaitLeaders(PATIENCE);
      this.key = keyOf(GROUP);
    }

    private Bytes keyOf(ShardGroupId group) {
      return IntStream.range(0, 1_000)
          .mapToObj(i -> "old-leader/" + i)
          .filter(text ->
              client
                  .shardMap()
                  .groupOf(ShardHash.shardOf("default", text.getBytes(StandardCharsets.UTF_8)))
                  .equals(group))
          .map(Bytes::utf8)
          .findFirst()
          .orElseThrow();
    }

    NodeId leader() {
      return view.awaitLeader(GROUP, PATIENCE).node();
    }

    void awaitReplaced(NodeId old) {
      view.awaitOtherLeader(GROUP, old, PATIENCE);
    }

    void write(long number) {
      client.write(Transaction.put("default", key, Bytes.number(number)), PATIENCE).orThrow();
    }

    List<CompletableFuture<ReadAnswer>> ask(NodeId node) {
      ReadOptions options = ReadOptions.linearizable().at(node).within(Duration.ofSeconds(3));
      List<CompletableFuture<ReadAnswer>> questions = new ArrayList<>();
      for (int i = 0; i < QUESTIONS; i++) {
        questions.add(client.readAsync("default", List.of(key), options));
      }
      return questions;
    }

    void assertNoneOlderThan(long number, List<CompletableFuture<ReadAnswer>> questions) {
      for (CompletableFuture<ReadAnswer> question : questions) {
        try {
          assertEquals(Optional.of(Bytes.number(number)), value(question.join()));
        } catch (CompletionException refused) {
          if (!(refused.getCause() instanceof CallFailed)) {
            throw refused;
          }
        }
      }
    }

    /// In the end the old leader is a replica like any other.
    void assertAnswersAgain(NodeId node, long number) {
      ReadAnswer answer =
          client.read(
              "default", List.of(key), ReadOptions.linearizable().at(node).within(PATIENCE));
      assertEquals(Optional.of(Bytes.number(number)), value(answer));
      view.awaitLeaders(PATIENCE);
    }

    private static Optional<Bytes> value(ReadAnswer answer) {
      return answer.records().get(0).map(StoredRecord::value);
    }
  }
}
