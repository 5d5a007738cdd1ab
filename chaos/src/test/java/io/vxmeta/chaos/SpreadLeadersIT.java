package io.vxmeta.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.Node.Duty;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Leaders spread themselves, under load and across deaths.
@EnabledIfSystemProperty(
    named = "vx.long",
    matches = "true",
    disabledReason =
        "SpreadLeadersTest has nodes that stop and drain, though no processes, and the gate kills"
            + " leaders under checked load")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SpreadLeadersIT {
  private static final Duration PATIENCE = Duration.ofSeconds(150);
  private static final int KEYS = 24;

  @TempDir Path folder;

  /// Without an eye on slow disks: one that stalls for seconds, as those of shared machines do,
  /// would keep its node from leading for longer than we wait.
  private ClusterPlan plan(String clusterId) {
    return ClusterPlan.small(clusterId, folder).withSlowFlush(Duration.ZERO);
  }

  private static VxClient connect(ProcessCluster cluster) {
    return VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE));
  }

  @Test
  void nodeThatWasKilledLeadsAgainWhatItShouldAndNothingIsLost() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(plan("spread"));
        VxClient client = connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitPreferredLeaders(PATIENCE);
      ShardGroup group = view.dataGroups().getFirst();
      NodeId preferred = Placement.preferredLeader(group);
      CounterLoad load = new CounterLoad(client, KEYS).start();
      try (load) {
        load.awaitProgress(10 * KEYS, 1, PATIENCE);
        cluster.kill(preferred);
        var _ = view.awaitOtherLeader(group.id(), preferred, PATIENCE);
        load.awaitProgress(10 * KEYS, 1, PATIENCE);
        cluster.restart(preferred);
        view.awaitPreferredLeaders(PATIENCE);
        load.awaitProgress(10 * KEYS, 1, PATIENCE);
      }
      load.check(ReadOptions.linearizable());
      assertEquals("", load.violation());
      view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
      assertEquals(List.of(), view.disagreements());
    }
  }

  @Test
  void drainedNodeLeadsNothingAndTheMarkOutlivesEveryNode() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(plan("drained"));
        VxClient client = connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      ShardGroup group = view.dataGroups().getFirst();
      NodeId drained = Placement.preferredLeader(group);
      client.admin().setNodeDuty(drained, Duty.DRAINING);
      var _ = view.awaitOtherLeader(group.id(), drained, PATIENCE);
      cluster.killEach();
      cluster.startAll();
      try (VxClient later = connect(cluster)) {
        ClusterView after = new ClusterView(later);
        after.awaitLeaders(PATIENCE);
        // A node's map is as new as what it has applied again, and a client keeps the one that it
        // got.
        after.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
      }
      try (VxClient later = connect(cluster)) {
        ClusterView after = new ClusterView(later);
        assertEquals(Duty.DRAINING, later.shardMap().node(drained).duty());
        // It may win an election, but does not keep what it won.
        assertNotEquals(drained, after.awaitOtherLeader(group.id(), drained, PATIENCE).node());
        later.admin().setNodeDuty(drained, Duty.SERVING);
        after.awaitPreferredLeaders(PATIENCE);
      }
    }
  }
}
