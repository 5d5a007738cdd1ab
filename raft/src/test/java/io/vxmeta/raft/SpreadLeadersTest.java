package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.DutyChange;
import io.vxmeta.client.ClusterAdmin.LeadPlacement;
import io.vxmeta.client.ClusterAdmin.PlacedLead;
import io.vxmeta.client.ClusterAdmin.Placing;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.Node.Duty;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroup;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Leaders go where the shard map wants them, and off a node that drains.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class SpreadLeadersTest {
  @TempDir private Path directory = Path.of("");

  private static List<ShardGroup> groups(VxClient client) {
    return List.copyOf(client.shardMap().groups());
  }

  private static void awaitPreferred(TestCluster cluster, List<ShardGroup> groups) {
    for (ShardGroup group : groups) {
      NodeId preferred = Placement.preferredLeader(group);
      TestCluster.await(
          "group " + group.id() + " led by " + preferred,
          () ->
              cluster
                  .leader(group.id().value(), cluster.running())
                  .filter(preferred::equals)
                  .isPresent());
    }
  }

  private static boolean leadsNothing(TestCluster cluster, NodeId node, List<ShardGroup> groups) {
    return groups.stream()
        .map(group -> cluster.leader(group.id().value(), cluster.running()))
        .allMatch(leader -> leader.isPresent() && !leader.equals(Optional.of(node)));
  }

  private static VxClient connect(TestCluster cluster) {
    return VxClient.connect(
        ClientConfig.of(cluster.clientEndpoints()).withDeadline(TestCluster.PATIENCE));
  }

  @Test
  void aNodeThatComesBackLeadsAgainWhatItShould() throws Exception {
    try (TestCluster cluster = TestCluster.ofThreeThatSpreadLeaders(directory);
        VxClient client = connect(cluster)) {
      List<ShardGroup> groups = groups(client);
      awaitPreferred(cluster, groups);
      NodeId gone = Placement.preferredLeader(groups.get(1));
      cluster.stop(gone);
      groups.forEach(group -> cluster.awaitLeader(group.id().value(), cluster.running()));
      cluster.start(gone);
      awaitPreferred(cluster, groups);
    }
  }

  @Test
  void aNodeThatWasCutOffLeadsAgainWhatItShould() throws Exception {
    try (TestCluster cluster = TestCluster.ofThreeThatSpreadLeaders(directory);
        VxClient client = connect(cluster)) {
      List<ShardGroup> groups = groups(client);
      awaitPreferred(cluster, groups);
      NodeId gone = Placement.preferredLeader(groups.get(1));
      cluster.isolate(gone);
      TestCluster.await("other leaders than " + gone, () -> leadsNothing(cluster, gone, groups));
      cluster.heal();
      awaitPreferred(cluster, groups);
    }
  }

  @Test
  void aDrainedNodeLeadsNothingAndGetsNothing() throws Exception {
    try (TestCluster cluster = TestCluster.ofThreeThatSpreadLeaders(directory);
        VxClient client = connect(cluster)) {
      List<ShardGroup> groups = groups(client);
      awaitPreferred(cluster, groups);
      ClusterAdmin admin = client.admin();
      // It leads the root group, which says so, and a data group.
      NodeId drained = Placement.preferredLeader(groups.get(0));
      assertEquals(DutyChange.CHANGED, admin.setNodeDuty(drained, Duty.DRAINING).change());
      assertEquals(DutyChange.WAS_SO_ALREADY, admin.setNodeDuty(drained, Duty.DRAINING).change());
      TestCluster.await(drained + " to lead nothing", () -> leadsNothing(cluster, drained, groups));
      for (ShardGroup group : groups) {
        PlacedLead placed = admin.placeLeader(group.id(), Placing.MOVE);
        assertEquals(LeadPlacement.IN_PLACE, placed.placement(), placed::toString);
        assertEquals(
            group.voters().stream().filter(voter -> !voter.equals(drained)).findFirst(),
            Optional.of(placed.leader()));
      }
      CallFailed refused =
          assertThrows(CallFailed.class, () -> admin.transferLeader(groups.get(1).id(), drained));
      assertTrue(String.valueOf(refused.getMessage()).contains("not draining"), refused::toString);
      assertEquals(DutyChange.CHANGED, admin.setNodeDuty(drained, Duty.SERVING).change());
      awaitPreferred(cluster, groups);
    }
  }

  @Test
  void theLastVoterThatServesIsNotDrainedAndAStrangerIsRefusedByTheNamesOfAll() throws Exception {
    try (TestCluster cluster = TestCluster.ofOne(directory);
        VxClient client = connect(cluster)) {
      NodeId only = groups(client).get(0).voters().get(0);
      ClusterAdmin admin = client.admin();
      CallFailed needed =
          assertThrows(CallFailed.class, () -> admin.setNodeDuty(only, Duty.DRAINING));
      assertEquals("NODE_NEEDED", needed.reason());
      CallFailed stranger =
          assertThrows(
              CallFailed.class, () -> admin.setNodeDuty(new NodeId("node-9"), Duty.DRAINING));
      assertTrue(String.valueOf(stranger.getMessage()).contains("one of [node-1]"));
    }
  }

  @Test
  void aManualClusterMovesLeadersOnlyWhenToldOrDrained() throws Exception {
    try (TestCluster cluster = TestCluster.ofThreeThatKeepTheirLogs(directory);
        VxClient client = connect(cluster)) {
      List<ShardGroup> groups = groups(client);
      cluster.awaitReady();
      ClusterAdmin admin = client.admin();
      for (ShardGroup group : groups) {
        assertEquals(
            Placement.preferredLeader(group), admin.placeLeader(group.id(), Placing.MOVE).leader());
      }
      NodeId drained = Placement.preferredLeader(groups.get(1));
      admin.setNodeDuty(drained, Duty.DRAINING);
      TestCluster.await(drained + " to lead nothing", () -> leadsNothing(cluster, drained, groups));
    }
  }
}
