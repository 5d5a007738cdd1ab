package io.vxmeta.chaos.nemesis;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ProcessCluster;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The faults of networks, made by the kernel between namespaces.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NamespaceFaultsIT {
  private static final List<String> ALL =
      List.of(
          "isolate-leader",
          "unplug",
          "one-way",
          "raft-line-cut",
          "resets",
          "loss",
          "half-open",
          "black-hole",
          "kill-leader");

  /// `FaultsIT` has both over proxies.
  private static final Set<String> ONLY_LONG = Set.of("black-hole", "kill-leader");

  @TempDir static Path folder;

  private Optional<Arena> arena = Optional.empty();

  @BeforeAll
  void start() throws Exception {
    Optional<String> impossible = ProcessCluster.whyNot(ClusterPlan.Wiring.NAMESPACES);
    assumeTrue(impossible.isEmpty(), () -> impossible.orElse(""));
    arena =
        Optional.of(
            Arena.start(
                ClusterPlan.small("namespaces", folder).wired(ClusterPlan.Wiring.NAMESPACES)));
  }

  @AfterAll
  void close() throws Exception {
    if (arena.isPresent()) {
      try (Arena ours = arena.get()) {
        ours.judge();
      }
    }
  }

  private static List<String> faults() {
    return Arena.usual(ALL, ONLY_LONG);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void faultBitesAndIsMended(String name) throws Exception {
    var _ = arena.orElseThrow().tryOut(name);
  }
}
