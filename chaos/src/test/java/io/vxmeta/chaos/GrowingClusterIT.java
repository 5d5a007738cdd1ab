package io.vxmeta.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// A cluster grows under load, a quarter of its shards move to other groups, and it shrinks until
/// none of its first nodes is left (outside of a long run: until one is), while nodes that carry
/// that out are killed.
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class GrowingClusterIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /// Every fourth, so that each group has some that leave and gets some.
  private static final int SHARDS_APART = 4;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  private ProcessCluster cluster;
  private VxClient client;
  private ClusterView view;

  @BeforeEach
  void start() throws Exception {
    cluster = ProcessCluster.start(ClusterPlan.small("growing", folder));
    client = VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE));
    view = new ClusterView(client);
    view.awaitLeaders(PATIENCE);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    cluster.close();
  }

  @Test
  void noWriteIsLostAndNoReadIsStaleWhenNodesAreReplaced() throws Exception {
    List<NodeId> first = cluster.nodes();
    CounterLoad load = new CounterLoad(client, 24).start();
    try (load) {
      load.awaitProgress(200, 5, PATIENCE);
      NodeId fourth = join(ShardGroupId.ROOT);
      NodeId fifth = join(new ShardGroupId(1));
      load.awaitProgress(200, 5, PATIENCE);
      moveShards(new ShardGroupId(3), ShardGroupId.ROOT);
      load.awaitProgress(200, 5, PATIENCE);
      leave(first.get(0), Optional.of(fourth), new ShardGroupId(1));
      load.awaitProgress(200, 5, PATIENCE);
      leave(first.get(1), Optional.empty(), ShardGroupId.ROOT);
      load.awaitProgress(200, 5, PATIENCE);
      NodeId third = Boolean.getBoolean("vx.long") ? replaced(first.get(2)) : first.get(2);
      load.awaitProgress(200, 5, PATIENCE);
      load.check(ReadOptions.linearizable().within(PATIENCE));
      assertEquals("", load.violation());
      view.awaitCaughtUp(3, PATIENCE);
      assertEquals(List.of(), view.disagreements());

      cluster.killEach();
      List<NodeId> last = List.of(fourth, fifth, third);
      for (NodeId node : last) {
        cluster.launch(node);
      }
      for (NodeId node : last) {
        cluster.awaitReady(node);
      }
      load.awaitProgress(200, 5, PATIENCE);
    }
    load.check(ReadOptions.linearizable().within(PATIENCE));
    assertEquals("", load.violation());
    for (ShardGroup group : client.admin().askShardMap().groups()) {
      assertEquals(3, group.voters().size(), group::toString);
    }
  }

  private NodeId replaced(NodeId node) throws Exception {
    NodeId successor = join(new ShardGroupId(2));
    leave(node, Optional.of(successor), ShardGroupId.ROOT);
    return successor;
  }

  /// Has a node join, and kills who leads a group when that one has started.
  private NodeId join(ShardGroupId of) throws Exception {
    Node node = cluster.newcomer();
    var _ = client.admin().joinNode(node);
    cluster.launch(node.id());
    killLeader(of);
    cluster.awaitReady(node.id());
    await(node.id() + " to have joined", map -> map.group(ShardGroupId.ROOT).isOn(node.id()));
    return node.id();
  }

  /// Has a node leave, and kills who leads a group when that was ordered.
  private void leave(NodeId node, Optional<NodeId> successor, ShardGroupId of) throws Exception {
    var _ = client.admin().removeNode(node, successor);
    killLeader(of);
    await(node + " to have left", map -> map.findNode(node).isEmpty());
    int status = cluster.process(node).exit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    assertEquals(0, status, () -> node + " ends by itself: " + cluster.lastWords(node));
    if (successor.isPresent()) {
      ShardMap map = client.admin().askShardMap();
      assertTrue(
          map.dataGroups().stream().allMatch(group -> group.isOn(successor.get())), map::toString);
    }
  }

  /// Orders shards to move to the next group, and kills who leads one group and then another while
  /// they move.
  private void moveShards(ShardGroupId one, ShardGroupId other) throws Exception {
    ShardMap before = client.admin().askShardMap();
    List<ShardGroupId> groups = before.dataGroups().stream().map(ShardGroup::id).toList();
    Map<ShardId, ShardGroupId> wanted = new TreeMap<>();
    for (int number = 0; number < ShardId.COUNT; number += SHARDS_APART) {
      ShardId shard = new ShardId(number);
      int next = (groups.indexOf(before.groupOf(shard)) + 1) % groups.size();
      wanted.put(shard, groups.get(next));
    }
    assertEquals(32, wanted.size());
    for (Map.Entry<ShardId, ShardGroupId> each : wanted.entrySet()) {
      // An order that is repeated after a lost answer is under way already.
      var _ = client.admin().moveShard(each.getKey(), each.getValue());
    }
    killLeader(one);
    await("half of the shards to have moved", map -> moved(wanted, map) >= wanted.size() / 2);
    killLeader(other);
    await("all shards to have moved", map -> moved(wanted, map) == wanted.size());
    view.endShardMoves(PATIENCE);
  }

  private static long moved(Map<ShardId, ShardGroupId> wanted, ShardMap map) {
    return wanted.entrySet().stream()
        .filter(each -> map.groupOf(each.getKey()).equals(each.getValue()))
        .count();
  }

  private void killLeader(ShardGroupId of) throws Exception {
    NodeId killed = view.awaitLeader(of, PATIENCE).node();
    cluster.kill(killed);
    // Nobody waits for it to be ready: it may be the one that leaves, and end by itself.
    cluster.launch(killed);
  }

  private void await(String what, Predicate<ShardMap> holds) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!isSo(holds)) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain for " + what + ": " + view.statuses());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  private boolean isSo(Predicate<ShardMap> holds) {
    try {
      return holds.test(client.admin().askShardMap());
    } catch (CallFailed nobodyAnswers) {
      return false;
    }
  }
}
