package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.ClusterPlan;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The faults of processes and of their network, one after the other on one cluster of real
/// processes.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsIT {
  @TempDir static Path folder;

  private Arena arena;

  @BeforeAll
  void start() throws Exception {
    arena = Arena.start(ClusterPlan.small("faults", folder).wired(ClusterPlan.Wiring.PROXIED));
  }

  @AfterAll
  void close() throws Exception {
    try (Arena ours = arena) {
      ours.judge();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "isolate-leader",
        "isolate-follower",
        "unplug",
        "halves",
        "bridge",
        "one-way",
        "client-cut",
        "answers-lost",
        "raft-line-cut",
        "peer-line-cut",
        "flapping",
        "resets",
        "half-open",
        "black-hole",
        "delay",
        "narrow",
        "pause-short",
        "pause-leader",
        "pause-long",
        "pause-majority",
        "kill-leader",
        "kill-follower",
        "kill-majority",
        "kill-all",
        "stop-graceful",
        "restart-loop",
        "kill-during-startup"
      })
  void faultBitesAndIsMended(String name) throws Exception {
    var _ = arena.tryOut(name);
  }
}
