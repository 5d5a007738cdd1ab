package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.seeded.Seeding;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The faults at edges of durability, and old files put back, on nodes with fail points and short
/// logs.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EdgeFaultsIT {
  /// A quarter of a minute each; deaths at edges are `FailPointsIT`'s as well.
  private static final List<String> USUAL =
      List.of("disk-error-at-edge", "hold-at-edge", "stale-vote");

  private static final List<String> ALL =
      List.of(
          "die-in-log",
          "die-in-vote",
          "die-in-apply",
          "die-in-snapshot",
          "die-in-install",
          "die-in-replay",
          "disk-error-at-edge",
          "hold-at-edge",
          "stale-log",
          "stale-vote");

  @TempDir static Path folder;

  private Optional<Arena> arena = Optional.empty();

  @BeforeAll
  void start() throws Exception {
    arena =
        Optional.of(
            Arena.start(
                ClusterPlan.small("edge-faults", folder)
                    .withJvmOptions(Seeding.jvmOptions(folder, List.of()))));
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
    return Boolean.getBoolean("vx.long") ? ALL : USUAL;
  }

  @ParameterizedTest
  @MethodSource("faults")
  void faultBitesAndIsMended(String name) throws Exception {
    var _ = arena.orElseThrow().tryOut(name);
  }
}
