package io.vxmeta.chaos.bench;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// For how long a group takes no write when its lead moves, or when its leader is killed.
final class HandOverCase {
  /* Three node processes and a client on one machine. One client writes one key of the group without a pause, one write in flight,
   * and repeats by itself as every client does. A gap is the longest time between two acknowledged writes from right before the event
   * until writes have gone on for a while; so it holds what the client needs to find the new leader. Leads stay where they
   * are put, so nothing moves them but the event. A killed node is started again, and has caught up, before the next event.
   */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /// Acknowledged after an event before the next one.
  private static final int SETTLED = 50;

  /// Of each case first, not counted: code and connections are cold.
  private static final int WARM_UP = 5;

  enum Event {
    TRANSFER,
    KILL
  }

  /// What came of all events.
  record Gaps(List<Double> milliseconds, long failedCalls) {
    Gaps {
      milliseconds = milliseconds.stream().sorted().toList();
    }

    int count() {
      return milliseconds.size();
    }

    /// By the nearest rank.
    double percentile(int percent) {
      int rank = (int) Math.ceil(percent / 100.0 * milliseconds.size());
      return milliseconds.get(Math.max(1, rank) - 1);
    }
  }

  private final ProcessCluster cluster;
  private final VxClient client;
  private final ClusterView view;
  private final ShardGroupId group;

  private HandOverCase(ProcessCluster cluster, VxClient client) {
    this.cluster = cluster;
    this.client = client;
    this.view = new ClusterView(client);
    this.group = new ShardGroupId(1);
  }

  static Gaps run(Event event, int runs) throws Exception {
    Path folder = Files.createTempDirectory("vx-bench-placement");
    try (ProcessCluster cluster =
            ProcessCluster.start(
                ClusterPlan.small("placement", folder)
                    .with(ClusterPlan.Leads.STAY)
                    .withSlowFlush(Duration.ZERO));
        VxClient client =
            VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE))) {
      return new HandOverCase(cluster, client).measure(event, runs);
    } finally {
      delete(folder);
    }
  }

  /// With everything in it.
  static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private Gaps measure(Event event, int runs) throws Exception {
    view.awaitLeaders(PATIENCE);
    List<Double> gaps = new ArrayList<>();
    long failed;
    // Of its own: what the other one asks meanwhile must not show it the new leader.
    try (VxClient writes =
            VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE));
        LoneWriter writer = new LoneWriter(writes, key(), PATIENCE).begin()) {
      writer.awaitMore(SETTLED);
      for (int run = -WARM_UP; run < runs; run++) {
        NodeId leader = view.awaitLeader(group, PATIENCE).node();
        writer.forget(run == 0);
        writer.awaitMore(SETTLED);
        double before = writer.longestMs();
        writer.forget(false);
        switch (event) {
          case TRANSFER -> transfer(leader);
          case KILL -> cluster.kill(leader);
        }
        if (event == Event.KILL) {
          var _ = view.awaitOtherLeader(group, leader, PATIENCE);
        }
        writer.awaitMore(SETTLED);
        if (run >= 0) {
          gaps.add(writer.longestMs());
        }
        if (event == Event.KILL) {
          var _ = cluster.restart(leader);
          view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
        }
        System.err.printf(
            "%s %d of %d: gap_ms=%.1f; of as many writes right before: %.1f%n",
            event, Math.max(0, run + 1), runs, writer.longestMs(), before);
      }
      failed = writer.failed();
    }
    return new Gaps(gaps, failed);
  }

  private Bytes key() {
    ShardMap map = client.admin().shardMap();
    return IntStream.range(0, 100_000)
        .mapToObj(number -> Bytes.utf8("placement/" + number))
        .filter(key ->
            map.groupOf(ShardHash.shardOf(LoneWriter.NAMESPACE, key.toArray())).equals(group))
        .findFirst()
        .orElseThrow();
  }

  private void transfer(NodeId leader) {
    List<NodeId> nodes = cluster.nodes();
    NodeId to = nodes.get((nodes.indexOf(leader) + 1) % nodes.size());
    var _ = client.admin().transferLeader(group, to);
  }
}
