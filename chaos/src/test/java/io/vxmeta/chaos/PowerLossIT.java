package io.vxmeta.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.Disks;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Acknowledged writes survive that the power goes, on one machine or on all, again and again.
final class PowerLossIT {
  /* Each cut: the processes are frozen, their file systems shut down without a flush, then they are killed: what was not
   *   flushed is gone, which a witness file proves. Snapshots are asked for just before, so that cuts meet their steps too. */

  private static final int CUTS = 3;
  private static final int CUTS_OF_LONG_RUN = 200;
  private static final int KEYS = 6;
  private static final int WRITES_MAX = 150;
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String WITNESS = "unflushed";

  @TempDir private Path folder;
  private final long seed = Long.getLong("vx.seed", System.nanoTime() & 0xffff);
  private final Random random = new Random(seed);

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void noAcknowledgedWriteIsLostByPowerCuts() throws Exception {
    cutPowerAgainAndAgain(CUTS);
  }

  @Test
  @EnabledIfSystemProperty(
      named = "vx.long",
      matches = "true",
      disabledReason = "a few power cuts are enough outside a long run")
  @Timeout(value = 5, unit = TimeUnit.HOURS)
  void noAcknowledgedWriteIsLostByManyMorePowerCuts() throws Exception {
    cutPowerAgainAndAgain(CUTS_OF_LONG_RUN);
  }

  private void cutPowerAgainAndAgain(int cuts) throws Exception {
    Optional<String> impossible = ProcessCluster.whyNot(ClusterPlan.Storage.OWN_DISKS);
    assumeTrue(impossible.isEmpty(), () -> impossible.orElse(""));
    System.out.println("power cuts: " + cuts + ", again with -Dvx.seed=" + seed);
    ClusterPlan plan = ClusterPlan.small("power-loss", folder).on(ClusterPlan.Storage.OWN_DISKS);
    try (ProcessCluster cluster = ProcessCluster.start(plan);
        VxClient client = VxClient.connect(ClientConfig.of(cluster.endpoints()))) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      try (CounterLoad load = new CounterLoad(client, KEYS).start()) {
        for (int cut = 1; cut <= cuts; cut++) {
          load.awaitProgress(1 + random.nextInt(WRITES_MAX), 1, PATIENCE);
          snapshotSomewhere(cluster, view);
          List<NodeId> victims = victims(cluster, cut);
          cutPower(cluster, victims);
          for (NodeId node : victims) {
            cluster.awaitReady(node);
          }
          view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
          load.check(ReadOptions.linearizable().within(PATIENCE));
          assertEquals("", load.violation(), "after cut " + cut + " of " + victims);
          System.out.println("cut " + cut + " of " + victims);
        }
        load.awaitProgress(KEYS, 1, PATIENCE);
        assertEquals("", load.violation());
      }
    }
  }

  /// One node, or all of them: every other time.
  private List<NodeId> victims(ProcessCluster cluster, int cut) {
    List<NodeId> all = cluster.nodes();
    return cut % 2 == 0 ? all : List.of(all.get(random.nextInt(all.size())));
  }

  private void snapshotSomewhere(ProcessCluster cluster, ClusterView view) {
    NodeId node = cluster.nodes().get(random.nextInt(cluster.nodes().size()));
    List<ShardGroup> groups = view.dataGroups();
    ShardGroup group = groups.get(random.nextInt(groups.size()));
    Thread.ofVirtual()
        .start(() -> {
          try {
            var _ = view.createSnapshot(node, group.id());
          } catch (CallFailed cutShort) {
            // The power may go before it is durable; that is what is tried.
          }
        });
  }

  private static void cutPower(ProcessCluster cluster, List<NodeId> victims) throws Exception {
    Disks disks = cluster.disks().orElseThrow();
    for (NodeId node : victims) {
      cluster.freeze(node);
    }
    for (NodeId node : victims) {
      Files.writeString(disks.mountPoint(node).resolve(WITNESS), "written, never flushed");
      disks.cutPower(node);
    }
    victims.forEach(cluster::kill);
    for (NodeId node : victims) {
      disks.restorePower(node);
      Path witness = disks.mountPoint(node).resolve(WITNESS);
      assertTrue(!Files.exists(witness) || Files.size(witness) == 0, "the cut flushed " + witness);
      boolean _ = Files.deleteIfExists(witness);
      cluster.launch(node);
    }
  }
}
