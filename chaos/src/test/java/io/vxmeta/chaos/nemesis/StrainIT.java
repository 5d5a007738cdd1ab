package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.ClusterPlan;
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

/// Too much asked of a cluster, and too little given to its nodes.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StrainIT {
  private static final List<String> ALL =
      List.of(
          "leader-storm",
          "snapshot-storm",
          "kill-during-snapshot",
          "cpu-starved",
          "mlock-refused",
          "memory-limited",
          "files-exhausted",
          "clock-jumps");

  /// The gate asks for evidence of them as well.
  private static final Set<String> ONLY_LONG =
      Set.of("mlock-refused", "clock-jumps", "kill-during-snapshot", "files-exhausted");

  @TempDir static Path folder;

  private Optional<Arena> arena = Optional.empty();

  @BeforeAll
  void start() throws Exception {
    arena = Optional.of(Arena.start(ClusterPlan.small("strain", folder)));
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
