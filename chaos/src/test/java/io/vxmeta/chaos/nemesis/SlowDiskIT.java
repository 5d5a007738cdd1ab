package io.vxmeta.chaos.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.chaos.CounterLoad;
import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.chaos.host.Machine;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A leader whose flushes are slow gives leadership away, where it is told to, as nodes of the
/// harness are.
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class SlowDiskIT {
  private static final Duration PATIENCE = Duration.ofSeconds(150);
  private static final String SLOWER = "delay_enter=800000";
  private static final String HANDOVERS = "vx_meta_leadership_handovers";
  private static final String TRANSFERS = "vx_meta_leader_transfers";
  private static final int KEYS = 24;
  private static final long LOOK_EVERY_NANOS = 100_000_000;

  /// A starved machine may bring an election before the slow disk is found out.
  private static final int TRIES_MAX = 3;

  @TempDir Path folder;

  @BeforeAll
  static void needsStrace() {
    assumeTrue(Machine.has("strace"), "strace is not installed: apt-get install strace");
  }

  /// A busy machine may take longer over a call than a client waits by default.
  private static VxClient connect(ProcessCluster cluster) {
    return VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE));
  }

  private static Tracer slowDown(ProcessCluster cluster, NodeId node)
      throws IOException, InterruptedException {
    return Tracer.attach(
        cluster.pid(node).orElseThrow(), SLOWER, cluster.folder(node).resolve("strace.out"));
  }

  /// Those who lead now offer the slow node what it should lead, and it declines.
  private static void awaitRefusedLeads(ProcessCluster cluster) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    double refused = 0;
    while (refused == 0) {
      assertTrue(System.nanoTime() - deadline < 0, "waited in vain for a refused lead");
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
      for (NodeId node : cluster.nodes()) {
        refused += sum(cluster, node, TRANSFERS, "outcome=\"refused\"");
      }
    }
  }

  private static double handovers(ProcessCluster cluster, NodeId node) throws Exception {
    return sum(cluster, node, HANDOVERS, "");
  }

  /// Over all series of a metric with that label, as the node's admin port says.
  private static double sum(ProcessCluster cluster, NodeId node, String metric, String label)
      throws Exception {
    URI metrics = URI.create("http://127.0.0.1:" + cluster.ports(node).admin() + "/metrics");
    try (HttpClient http = HttpClient.newHttpClient()) {
      String text =
          http.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString()).body();
      return text.lines()
          .filter(line -> line.startsWith(metric) && line.contains(label))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .sum();
    }
  }

  @Test
  void leadershipLeavesANodeWhoseFlushesAreSlowWhileWritesAreAcknowledged() throws Exception {
    double handovers = 0;
    for (int tries = 0; handovers == 0 && tries < TRIES_MAX; tries++) {
      handovers = slowDownALeader(ClusterPlan.small("slow-disk", folder.resolve("try-" + tries)));
    }
    assertTrue(handovers >= 1, "leadership was handed over, not lost");
  }

  /// Slows a leader's flushes until others lead and it declines to; returns how often it handed
  /// leadership over.
  private static double slowDownALeader(ClusterPlan plan) throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(plan);
        VxClient client = connect(cluster)) {
      ClusterView view = new ClusterView(client);
      // Where leaders want to stay, and would come back to if the slow disk did not forbid it.
      view.awaitPreferredLeaders(PATIENCE);
      ShardGroupId group = view.dataGroups().getFirst().id();
      NodeId slow = view.awaitLeader(group, PATIENCE).node();
      CounterLoad load = new CounterLoad(client, KEYS).start();
      try (load) {
        load.awaitProgress(KEYS, 1, PATIENCE);
        Tracer tracer = slowDown(cluster, slow);
        try {
          var _ = view.awaitOtherLeader(group, slow, PATIENCE);
          load.awaitProgress(10 * KEYS, 1, PATIENCE);
          awaitRefusedLeads(cluster);
          assertTrue(tracer.changed() > 0, "flushes were slowed");
        } finally {
          boolean _ = tracer.detach();
        }
      }
      assertEquals("", load.violation());
      view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
      assertEquals(List.of(), view.disagreements());
      return handovers(cluster, slow);
    }
  }
}
