package io.vxmeta.chaos.nemesis;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ProcessCluster;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The faults of disks, each node on a disk of its own.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DiskFaultsIT {
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

  @ParameterizedTest
  @ValueSource(
      strings = {
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
        "truncated-log"
      })
  void faultBitesAndIsMended(String name) throws Exception {
    var _ = arena.orElseThrow().tryOut(name);
  }
}
