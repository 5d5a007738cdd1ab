package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.DutyChange;
import io.vxmeta.client.ClusterAdmin.LeadPlacement;
import io.vxmeta.client.ClusterAdmin.NodeDuty;
import io.vxmeta.client.ClusterAdmin.PlacedLead;
import io.vxmeta.client.ClusterAdmin.Placing;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.Epoch;
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

  /// An order to move may be declined for now: while another move is under way, or a follower is
  /// behind.
  private static void awaitInPlace(ClusterAdmin admin, ShardGroup group, NodeId leader) {
    TestCluster.await(
        "group " + group.id() + " in place at " + leader,
        () -> {
          PlacedLead placed = admin.placeLeader(group.id(), Placing.MOVE);
          return placed.placement() == LeadPlacement.IN_PLACE && placed.leader().equals(leader);
        });
  }

  /// An attempt takes as long as the call: on a busy machine it would be repeated, and the second
  /// one would find done what the first one did.
  private static VxClient connect(TestCluster cluster) {
    return VxClient.connect(
        ClientConfig.of(cluster.clientEndpoints())
            .withDeadline(TestCluster.PATIENCE)
            .withAttempt(TestCluster.PATIENCE));
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
      // The root group's leader may leave while it answers; by its epoch we see that the map was
      // changed, and once, even if the client had to ask another.
      Epoch unmarked = client.shardMap().epoch();
      Epoch marked = admin.setNodeDuty(drained, Duty.DRAINING).epoch();
      assertEquals(unmarked.next(), marked);
      assertEquals(
          new NodeDuty(marked, DutyChange.WAS_SO_ALREADY),
          admin.setNodeDuty(drained, Duty.DRAINING));
      TestCluster.await(drained + " to lead nothing", () -> leadsNothing(cluster, drained, groups));
      for (ShardGroup group : groups) {
        awaitInPlace(
            admin,
            group,
            group.voters().stream()
                .filter(voter -> !voter.equals(drained))
                .findFirst()
                .orElseThrow());
      }
      CallFailed refused =
          assertThrows(CallFailed.class, () -> admin.transferLeader(groups.get(1).id(), drained));
      assertTrue(String.valueOf(refused.getMessage()).contains("not draining"), refused::toString);
      assertEquals(marked.next(), admin.setNodeDuty(drained, Duty.SERVING).epoch());
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
        awaitInPlace(admin, group, Placement.preferredLeader(group));
      }
      NodeId drained = Placement.preferredLeader(groups.get(1));
      admin.setNodeDuty(drained, Duty.DRAINING);
      TestCluster.await(drained + " to lead nothing", () -> leadsNothing(cluster, drained, groups));
    }
  }
}
