package io.vxmeta.chaos;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Who sees a leader's process die stands for election at once.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class DeadLeaderIT {
  private static final Duration PATIENCE = Duration.ofSeconds(150);
  private static final ShardGroupId GROUP = new ShardGroupId(1);
  private static final String STANDS = "vx_meta_dead_leaders_total ";

  /// On a busy machine an election timeout may be over first.
  private static final int KILLS_MAX = 5;

  @TempDir Path folder;

  @Test
  void aKilledLeaderIsReplacedBeforeAnybodyHasWaitedForIt() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(ClusterPlan.small("dead-leader", folder));
        VxClient client =
            VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE))) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      double stands = 0;
      for (int kills = 0; stands == 0 && kills < KILLS_MAX; kills++) {
        NodeId killed = view.awaitLeader(GROUP, PATIENCE).node();
        cluster.kill(killed);
        var _ = view.awaitOtherLeader(GROUP, killed, PATIENCE);
        for (NodeId node : cluster.nodes()) {
          stands += node.equals(killed) ? 0 : stands(cluster, node);
        }
        cluster.restart(killed);
        view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
      }
      assertTrue(stands > 0, "expected an election that nobody had to wait for");
    }
  }

  private static double stands(ProcessCluster cluster, NodeId node) throws Exception {
    URI metrics = URI.create("http://127.0.0.1:" + cluster.ports(node).admin() + "/metrics");
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString())
          .body()
          .lines()
          .filter(line -> line.startsWith(STANDS))
          .mapToDouble(line -> Double.parseDouble(line.substring(STANDS.length())))
          .sum();
    }
  }
}
