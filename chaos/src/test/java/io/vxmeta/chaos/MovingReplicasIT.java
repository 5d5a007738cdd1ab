package io.vxmeta.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// Replicas move from node to node under load, and whoever carries a move out is killed meanwhile.
@EnabledIfSystemProperty(
    named = "vx.long",
    matches = "true",
    disabledReason = "GrowingClusterIT moves replicas while nodes are killed")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class MovingReplicasIT {
  private static final Duration PATIENCE = Duration.ofSeconds(150);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  private static VxClient connect(ProcessCluster cluster) {
    return VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE));
  }

  /// A node that is in the configuration and has no data group's replica yet gets one of each; the
  /// first move loses the group's leader, the second the root group's, right after it was ordered.
  @Test
  void replicasMoveWhileWhoeverMovesThemIsKilled() throws Exception {
    try (ProcessCluster cluster =
            ProcessCluster.start(ClusterPlan.small("moving", folder).withNodes(4));
        VxClient client = connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      CounterLoad load = new CounterLoad(client, 24).start();
      try (load) {
        load.awaitProgress(200, 5, PATIENCE);
        List<ShardGroup> groups = view.dataGroups();
        move(cluster, client, view, groups.get(0), groups.get(0).id());
        load.awaitProgress(200, 5, PATIENCE);
        move(cluster, client, view, groups.get(1), ShardGroupId.ROOT);
        load.awaitProgress(200, 5, PATIENCE);
      }
      load.check(ReadOptions.linearizable());
      assertEquals("", load.violation());
      view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
      assertEquals(List.of(), view.disagreements());

      cluster.killEach();
      cluster.startAll();
      view.awaitLeaders(PATIENCE);
      load.check(ReadOptions.linearizable().within(PATIENCE));
      assertEquals("", load.violation());
    }
  }

  /// Moves the replica of the group's leader to the node that has none, and kills who leads a group
  /// when that was ordered.
  private void move(
      ProcessCluster cluster, VxClient client, ClusterView view, ShardGroup group, ShardGroupId of)
      throws Exception {
    NodeId from = view.awaitLeader(group.id(), PATIENCE).node();
    NodeId to =
        cluster.nodes().stream().filter(node -> !group.isOn(node)).findFirst().orElseThrow();
    NodeId killed = view.awaitLeader(of, PATIENCE).node();
    client.admin().moveReplica(group.id(), from, to);
    cluster.kill(killed);
    cluster.restart(killed);
    await(
        "the map to say that " + to + " has what " + from + " had",
        () -> moved(client, group, from, to));
    Path gone = cluster.data(from).resolve("groups").resolve(group.id().toString());
    await(from + " to delete its replica", () -> !Files.exists(gone));
    assertTrue(client.admin().shardMap().group(group.id()).isOn(to));
    assertFalse(client.admin().shardMap().group(group.id()).isOn(from));
  }

  private static boolean moved(VxClient client, ShardGroup group, NodeId from, NodeId to) {
    try {
      ShardGroup now = client.admin().shardMap().group(group.id());
      return now.isOn(to) && !now.isOn(from);
    } catch (CallFailed nobodyAnswers) {
      return false;
    }
  }

  private static void await(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }
}
