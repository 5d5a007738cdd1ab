package io.vxmeta.chaos.seeded;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterPlan.Wiring;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// What a scenario plays on: a folder, a seed, and clusters that carry the bug it was made for, or
/// none.
record Arena(Path folder, Optional<SeededBug> bug, Random random) {
  /// For everything that ends by itself unless the cluster is broken; a busy machine is slow.
  static final Duration PATIENCE = Duration.ofSeconds(90);

  /// The only data group of these clusters, so that every key is in one history.
  static final ShardGroupId GROUP = new ShardGroupId(1);

  /// The clusters' id.
  static final String NAME = "seeded";

  /// How long one node may take to answer before the client asks another: short, since scenarios
  /// ask nodes that can not.
  private static final Duration ATTEMPT = Duration.ofMillis(1_500);

  private static final Duration PAUSE = Duration.ofMillis(5);

  ProcessCluster start(int nodes, Wiring wiring, Tuning... tunings)
      throws IOException, InterruptedException, NodeStopped {
    return start(ClusterPlan.small(NAME, folder).withNodes(nodes).wired(wiring), tunings);
  }

  /// As planned, but with one data group, leaders that stay where a scenario finds them, and
  /// carrying the bug.
  ProcessCluster start(ClusterPlan plan, Tuning... tunings)
      throws IOException, InterruptedException, NodeStopped {
    List<String> parts = new ArrayList<>(List.of(FailPoints.OPTION));
    parts.add("bug:" + Tuning.TABLES_NOT_WALKED.title());
    for (Tuning tuning : tunings) {
      parts.add("bug:" + tuning.title());
    }
    bug.filter(b -> b.seat() == SeededBug.Seat.NODES).ifPresent(b -> parts.add("bug:" + b.name()));
    return ProcessCluster.start(
        plan.withDataGroups(1)
            .with(ClusterPlan.Leads.STAY)
            .withJvmOptions(List.of(AgentJar.option(folder, parts))));
  }

  VxClient connect(ProcessCluster cluster) {
    return connect(cluster, PATIENCE);
  }

  /// A client whose calls give up after `deadline` unless they say otherwise.
  VxClient connect(ProcessCluster cluster, Duration deadline) {
    return connect(cluster, deadline, ATTEMPT);
  }

  VxClient connect(ProcessCluster cluster, Duration deadline, Duration attempt) {
    return VxClient.connect(
        ClientConfig.of(cluster.endpoints()).withAttempt(attempt).withDeadline(deadline), random);
  }

  /// Some node that is not this one.
  NodeId other(ProcessCluster cluster, NodeId node) {
    List<NodeId> others = cluster.nodes().stream().filter(n -> !n.equals(node)).toList();
    return others.get(random.nextInt(others.size()));
  }

  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("waited in vain: expected=" + what + "; see the logs");
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }
}
