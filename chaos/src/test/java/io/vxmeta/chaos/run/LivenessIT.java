package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.chaos.nemesis.Battlefield;
import io.vxmeta.chaos.nemesis.Faults;
import io.vxmeta.chaos.run.RunRecord.Trouble;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A cluster that does not go on, or does not come back, does not pass.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class LivenessIT {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(200);

  /// How long a cluster may be silent that can not go on at all.
  private static final Duration SILENCE = Duration.ofSeconds(3);

  @TempDir private Path folder;

  private static Chronicle chronicle() {
    return new Chronicle(
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
        System.nanoTime());
  }

  private static VxClient connect(ProcessCluster cluster) {
    return VxClient.connect(ClientConfig.of(cluster.endpoints()));
  }

  private static Canary canary(ProcessCluster cluster) {
    return new Canary(
            connect(cluster),
            bug -> {
              throw bug;
            })
        .start();
  }

  /// What a run with these troubles ends with.
  private static int exitCode(Chronicle chronicle) {
    RunRecord record =
        new RunRecord(
            1,
            "processes",
            "2026-01-01T00:00:00Z",
            "2 cores",
            1,
            chronicle.faults(),
            chronicle.notDone(),
            chronicle.periods(),
            List.of(),
            chronicle.troubles(),
            0,
            List.of());
    return record.exitCode();
  }

  private static List<String> troubles(Chronicle chronicle) {
    return chronicle.troubles().stream().map(Trouble::name).toList();
  }

  /// One cluster for all three, since starting it is what takes time: it goes on without one of
  /// three nodes; it stands still without two; and one of them does not come back.
  @Test
  void clusterThatStandsStillOrDoesNotComeBackIsAnAnomaly() throws Exception {
    try (ProcessCluster cluster =
            ProcessCluster.start(
                ClusterPlan.small("liveness", folder.resolve("cluster")).withDataGroups(1));
        VxClient client = connect(cluster);
        Canary canary = canary(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      Battlefield field = new Battlefield(cluster, view);

      Chronicle sound = chronicle();
      assertTrue(
          new Siege(field, canary, sound, Faults::named, new Recall())
              .progressWithoutOne(SHORT, new Random(1)),
          () -> "" + sound.troubles());
      assertEquals(List.of(), sound.troubles());
      assertEquals(ChaosCommand.VALID, exitCode(sound));
      assertEquals(2, cluster.nodes().stream().filter(cluster::isRunning).count());

      NodeId second = cluster.nodes().stream().filter(cluster::isRunning).findFirst().orElseThrow();
      cluster.kill(second);
      Chronicle still = chronicle();
      Siege siege = new Siege(field, canary, still, Faults::named, new Recall(), SILENCE);
      assertFalse(siege.progressWithoutOne(SHORT, new Random(1)));
      assertTrue(troubles(still).contains("no-progress"), () -> "" + still.troubles());
      assertEquals(ChaosCommand.ANOMALY, exitCode(still));

      Files.writeString(cluster.data(second).resolve("NODE"), "not what a node writes");
      Chronicle lame = chronicle();
      new Siege(field, canary, lame, Faults::named, new Recall()).startAll();
      assertEquals(List.of("node-did-not-return"), troubles(lame), () -> "" + lame.troubles());
      assertFalse(ChaosRun.settle(view, cluster, lame, SILENCE));
      assertEquals(List.of("node-did-not-return", "not-recovered"), troubles(lame));
      assertTrue(
          lame.troubles().getLast().text().contains("node=" + second + " has ended"),
          () -> "" + lame.troubles());
      assertEquals(ChaosCommand.ANOMALY, exitCode(lame));
    }
  }
}
