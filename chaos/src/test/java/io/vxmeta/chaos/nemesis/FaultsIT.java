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
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The faults of processes and of their network, one after the other on one cluster of real
/// processes.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsIT {
  private static final List<String> ALL =
      List.of(
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
          "kill-during-startup");

  /// Their families are in the gate, which asks for evidence as well.
  private static final Set<String> ONLY_LONG =
      Set.of(
          "isolate-follower",
          "unplug",
          "halves",
          "client-cut",
          "resets",
          "delay",
          "narrow",
          "pause-short",
          "pause-leader",
          "pause-majority",
          "stop-graceful",
          "restart-loop",
          "black-hole",
          "kill-follower",
          "kill-majority",
          "kill-during-startup");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  static Path folder;

  private Optional<Arena> arena = Optional.empty();

  @BeforeAll
  void start() throws Exception {
    arena =
        Optional.of(
            Arena.start(ClusterPlan.small("faults", folder).wired(ClusterPlan.Wiring.PROXIED)));
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
