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

/// The faults of disks, each node on a disk of its own.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DiskFaultsIT {
  private static final List<String> ALL =
      List.of(
          "power-cut-one",
          "power-cut-all",
          "disk-full",
          "disk-hung",
          "disk-slow",
          "fsync-fails",
          "live-file-truncated",
          "bit-flip-snapshot",
          "truncated-snapshot",
          "stale-snapshot",
          "bit-flip-log",
          "truncated-log");

  /// A quarter of a minute each. `PowerLossIT` cuts the power, and the gate spoils files and asks
  /// for evidence as well.
  private static final Set<String> ONLY_LONG =
      Set.of(
          "power-cut-one",
          "bit-flip-snapshot",
          "truncated-snapshot",
          "stale-snapshot",
          "bit-flip-log");

  @TempDir static Path folder;

  private Optional<Arena> arena = Optional.empty();

  @BeforeAll
  void start() throws Exception {
    Optional<String> impossible = ProcessCluster.whyNot(ClusterPlan.Storage.OWN_DISKS);
    assumeTrue(impossible.isEmpty(), () -> impossible.orElse(""));
    arena =
        Optional.of(
            Arena.start(
                ClusterPlan.small("disk-faults", folder).on(ClusterPlan.Storage.OWN_DISKS)));
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
