package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.ClusterPlan;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Replicas come and go, and shards, under traffic, on more nodes than a group has replicas.
@Timeout(value = 8, unit = TimeUnit.MINUTES)
final class MoveStormsIT {
  @TempDir private Path folder;

  @Test
  void replicasAndShardsMoveAgainAndAgainAndNothingIsLost() throws Exception {
    try (Arena arena = Arena.start(ClusterPlan.small("storm", folder).withNodes(4))) {
      var _ = arena.tryOut("replica-storm");
      var _ = arena.tryOut("shard-storm");
      arena.judge();
    }
  }
}
