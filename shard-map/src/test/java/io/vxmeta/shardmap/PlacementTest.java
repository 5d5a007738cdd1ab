package io.vxmeta.shardmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementTest {

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  private static Node node(int number, String zone) {
    return new Node(
        new NodeId("node-" + number),
        zone,
        List.of(new Endpoint("h" + number, 7401)),
        new Endpoint("h" + number, 7601),
        new Endpoint("h" + number, 7501));
  }

  private static List<Node> nodes(int count, int zones) {
    return new ArrayList<>(
        IntStream.rangeClosed(1, count).mapToObj(i -> node(i, "z" + i % zones)).toList());
  }

  private static int spread(List<Node> nodes, ToIntFunction<Node> load) {
    IntSummaryStatistics loads = nodes.stream().mapToInt(load).summaryStatistics();
    return loads.getMax() - loads.getMin();
  }

  @Test
  void anyClusterGetsATotalBalancedMapWithSpreadLeaders() {
    for (int sample = 0; sample < 300; sample++) {
      int count = 1 + random.nextInt(12);
      int groups = 1 + random.nextInt(Placement.DATA_GROUPS_MAX);
      int replication = 1 + 2 * random.nextInt(Math.min(4, (count + 1) / 2));
      List<Node> nodes = nodes(count, 1 + random.nextInt(3));
      ShardMap map = Placement.initial("c", nodes, groups, replication);
      String facts =
          "seed=" + seed + " nodes=" + count + " groups=" + groups + " replication=" + replication;

      assertEquals(Epoch.FIRST, map.epoch(), facts);
      assertEquals(groups + 1, map.groups().size(), facts);
      assertTrue(
          map.dataGroups().stream().allMatch(g -> g.replicas().size() == replication), facts);
      assertEquals(
          Math.min(count, Placement.REPLICATION_MAX),
          map.group(ShardGroupId.ROOT).replicas().size(),
          facts);
      IntSummaryStatistics shards =
          map.dataGroups().stream()
              .mapToInt(group -> map.shardsOf(group.id()).size())
              .summaryStatistics();
      assertEquals(ShardId.COUNT, shards.getSum(), facts);
      assertTrue(shards.getMax() - shards.getMin() <= 1, facts + " shards=" + shards);
      assertTrue(
          spread(nodes, n -> (int) map.dataGroups().stream().filter(g -> g.isOn(n.id())).count())
              <= 1,
          facts);
      assertTrue(
          spread(
                  nodes,
                  n ->
                      (int)
                          map.groups().stream()
                              .filter(g -> Placement.preferredLeader(g).equals(n.id()))
                              .count())
              <= 1,
          facts);
    }
  }

  @Test
  void everyNodeOfAFirstClusterIsInTheRootGroup() {
    for (int count = 1; count <= Placement.REPLICATION_MAX; count++) {
      ShardMap map = Placement.initial("c", nodes(count, 2), 3, 1);
      assertEquals(count, map.nodesOf(ShardGroupId.ROOT).size());
    }
  }

  @Test
  void theOrderOfTheNodesDoesNotMatter() {
    for (int sample = 0; sample < 50; sample++) {
      List<Node> nodes = nodes(1 + 2 * random.nextInt(5), 1 + random.nextInt(3));
      ShardMap map = Placement.initial("c", nodes, 5, 1);
      Collections.shuffle(nodes, random);
      assertEquals(map, Placement.initial("c", nodes, 5, 1), "seed=" + seed);
    }
  }

  @Test
  void replicasOfAGroupStandInDifferentZones() {
    ShardMap map = Placement.initial("c", nodes(6, 3), 8, 3);
    for (ShardGroup group : map.dataGroups()) {
      long zones = map.nodesOf(group.id()).stream().map(Node::zone).distinct().count();
      assertEquals(3, zones, "group=" + group);
    }
  }

  @Test
  void threeNodesAndThreeGroupsArePlacedAsDocumented() {
    ShardMap map = Placement.initial("c", nodes(3, 1), 3, 3);
    assertEquals("node-1", leader(map, 0));
    assertEquals("node-2", leader(map, 1));
    assertEquals("node-3", leader(map, 2));
    assertEquals("node-1", leader(map, 3));
    assertEquals(new ShardGroupId(1), map.groupOf(new ShardId(42)));
    assertEquals(new ShardGroupId(2), map.groupOf(new ShardId(43)));
    assertEquals(new ShardGroupId(3), map.groupOf(new ShardId(127)));
    assertEquals(ShardGroupId.ROOT, map.groupOf(ShardId.ROOT));
  }

  private static String leader(ShardMap map, int group) {
    return Placement.preferredLeader(map.group(new ShardGroupId(group))).value();
  }

  @Test
  void impossibleClustersAreRefusedWithTheReason() {
    String few = refusal(() -> Placement.initial("c", nodes(2, 1), 3, 3));
    assertTrue(few.contains("replication=3 nodes=2"), few);
    String even = refusal(() -> Placement.initial("c", nodes(4, 1), 3, 2));
    assertTrue(even.contains("odd"), even);
    String none = refusal(() -> Placement.initial("c", nodes(3, 1), 0, 3));
    assertTrue(none.contains("data-groups=0"), none);
    String twice = refusal(() -> Placement.initial("c", List.of(node(1, "a"), node(1, "a")), 1, 1));
    assertTrue(twice.contains("node-1"), twice);
  }

  private static String refusal(Runnable action) {
    return String.valueOf(assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
