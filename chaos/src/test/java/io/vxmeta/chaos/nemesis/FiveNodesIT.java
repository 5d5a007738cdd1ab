package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.ClusterPlan;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The fault that needs five nodes: each sees a majority, no two see the same.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FiveNodesIT {
  private static final int NODES = 5;

  @TempDir private Path folder;

  @Test
  void aRingOfMajoritiesBitesAndIsMended() throws Exception {
    ClusterPlan plan =
        ClusterPlan.small("five", folder).withNodes(NODES).wired(ClusterPlan.Wiring.PROXIED);
    try (Arena arena = Arena.start(plan)) {
      var _ = arena.tryOut("majorities-ring");
      arena.judge();
    }
  }
}
