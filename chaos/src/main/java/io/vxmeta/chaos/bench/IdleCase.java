package io.vxmeta.chaos.bench;

import io.vxmeta.chaos.bench.contest.ServerCpu;
import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// What a cluster costs that nobody uses.
final class IdleCase {
  /* Three node processes with three data groups, no client connected. The time of all three, by the kernel's account, in hundredths
   * of one processor. */

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /// Starting compiles much of what runs later.
  private static final long WARM_UP_SECONDS = 60;

  private static final long SECONDS = 60;

  private IdleCase() {}

  record Idle(double seconds, double cpuPercent) {}

  static Idle run() throws Exception {
    Path folder = Files.createTempDirectory("vx-bench-placement");
    try (ProcessCluster cluster = ProcessCluster.start(ClusterPlan.small("placement", folder))) {
      try (VxClient client = VxClient.connect(ClientConfig.of(cluster.endpoints()))) {
        new ClusterView(client).awaitLeaders(PATIENCE);
      }
      List<Long> pids = new ArrayList<>();
      for (NodeId node : cluster.nodes()) {
        pids.add(cluster.process(node).pid());
      }
      pass(WARM_UP_SECONDS);
      long cpuBefore = ServerCpu.micros(pids);
      long begun = System.nanoTime();
      pass(SECONDS);
      double seconds = (System.nanoTime() - begun) / 1e9;
      long cpuMicros = ServerCpu.micros(pids) - cpuBefore;
      return new Idle(seconds, cpuMicros / 1e4 / seconds);
    } finally {
      HandOverCase.delete(folder);
    }
  }

  private static void pass(long seconds) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
