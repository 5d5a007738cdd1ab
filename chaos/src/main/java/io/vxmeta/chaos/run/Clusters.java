package io.vxmeta.chaos.run;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.EmbeddedCluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ProcessCluster;
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
    return switch (plan.driver()) {
      case PROCESSES -> ProcessCluster.start(nodes);
      case DISKS -> ProcessCluster.start(nodes.on(ClusterPlan.Storage.OWN_DISKS));
      case NAMESPACES -> ProcessCluster.start(nodes.wired(ClusterPlan.Wiring.NAMESPACES));
      case IN_PROCESS -> EmbeddedCluster.start(nodes.wired(ClusterPlan.Wiring.DIRECT));
    };
  }
}
