package io.vxmeta.chaos.cluster;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.chaos.nemesis.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The project's image as a cluster of containers, and faults of their processes and their network.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainersIT {
  @TempDir static Path folder;

  private Optional<ContainerCluster> cluster = Optional.empty();
  private Optional<Arena> arena = Optional.empty();

  @BeforeAll
  void start() throws Exception {
    Optional<String> impossible = ContainerCluster.whyNot().or(NodeImage::whyNot);
    assumeTrue(impossible.isEmpty(), () -> impossible.orElse(""));
    NodeImage.build(folder.resolve("image"));
    ContainerCluster started =
        ContainerCluster.start(ClusterPlan.small("containers", folder.resolve("nodes")));
    cluster = Optional.of(started);
    arena = Optional.of(Arena.of(started));
  }

  @AfterAll
  void close() throws Exception {
    if (arena.isPresent()) {
      try (Arena ours = arena.get()) {
        ours.judge();
      }
    }
  }

  @Test
  void theImagesOwnCheckSaysThatANodeIsHealthy() throws Exception {
    ContainerCluster nodes = cluster.orElseThrow();
    nodes.awaitHealthy(nodes.nodes().getFirst());
  }

  private static List<String> faults() {
    return Arena.usual(
        List.of("kill-leader", "isolate-leader", "pause-leader", "stop-graceful"),
        Set.of("pause-leader"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void faultBitesAndIsMended(String name) throws Exception {
    var _ = arena.orElseThrow().tryOut(name);
  }
}
