package io.vxmeta.chaos.run;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.EmbeddedCluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.chaos.nemesis.FaultFamily;
import io.vxmeta.chaos.nemesis.Faults;
import io.vxmeta.chaos.seeded.Seeding;
import java.io.IOException;
import java.nio.file.Path;

/// Makes the cluster a plan asks for, with the driver it names.
final class Clusters {
  private Clusters() {}

  static Cluster make(ChaosPlan plan, Path folder)
      throws IOException, InterruptedException, NodeStopped {
    ClusterPlan nodes =
        ClusterPlan.small("chaos", folder)
            .withNodes(plan.nodes())
            .withDataGroups(plan.dataGroups())
            .wired(ClusterPlan.Wiring.PROXIED);
    ClusterPlan processes = plan.driver() == Driver.IN_PROCESS ? nodes : seeded(plan, nodes);
    return switch (plan.driver()) {
      case PROCESSES -> ProcessCluster.start(processes);
      case DISKS -> ProcessCluster.start(processes.on(ClusterPlan.Storage.OWN_DISKS));
      case NAMESPACES -> ProcessCluster.start(processes.wired(ClusterPlan.Wiring.NAMESPACES));
      case IN_PROCESS -> EmbeddedCluster.start(nodes.wired(ClusterPlan.Wiring.DIRECT));
    };
  }

  /// With the agent, when the plan has something for it to do; without it nodes run untouched.
  private static ClusterPlan seeded(ChaosPlan plan, ClusterPlan nodes) throws IOException {
    boolean failPoints =
        plan.faults().stream()
            .anyMatch(fault -> Faults.named(fault).family() == FaultFamily.FAIL_POINT);
    return failPoints || plan.seedBug().isPresent()
        ? nodes.withJvmOptions(
            Seeding.jvmOptions(nodes.directory(), plan.seedBug().stream().toList()))
        : nodes;
  }
}
