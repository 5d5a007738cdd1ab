package io.vxmeta.client.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.balancer.NodePick.Standing;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NodePickTest {

  private static final ShardId SHARD = new ShardId(77);

  /// Five nodes, of which three hold a replica of each shard; node-1 and node-2 are in zone a.
  private final ShardMap map =
      Placement.initial(
          "c",
          IntStream.rangeClosed(1, 5)
              .mapToObj(i -> {
                Endpoint endpoint = new Endpoint("127.0.0.1", 7_400 + i);
                return new Node(
                    new NodeId("node-" + i),
                    i <= 2 ? "a" : "b",
                    List.of(endpoint),
                    endpoint,
                    endpoint);
              })
              .toList(),
          5,
          3);

  private final ShardGroup group = map.group(map.groupOf(SHARD));
  private final Map<NodeId, Integer> loads = new HashMap<>();

  NodePickTest() {
    map.nodes().forEach(node -> loads.put(node.id(), 0));
  }

  private Optional<NodeId> pick(String zone, ReplicaChoice choice, NodeId leader, int draw) {
    return new NodePick(map, zone)
        .pick(
            new NodePick.Wanted(Optional.of(SHARD), choice, Optional.of(leader)),
            node -> loads.getOrDefault(node, Standing.NOT_READY),
            draw);
  }

  private Set<NodeId> picks(String zone, ReplicaChoice choice) {
    Set<NodeId> picked = new HashSet<>();
    for (int draw = -50; draw < 50; draw++) {
      pick(zone, choice, group.voters().get(0), draw).ifPresent(picked::add);
    }
    return picked;
  }

  @Test
  void theBelievedLeaderIsAskedHoweverBusyItIs() {
    for (NodeId leader : group.voters()) {
      loads.put(leader, 1_000);
      assertEquals(Optional.of(leader), pick("b", ReplicaChoice.LEADER, leader, 3));
    }
  }

  @Test
  void theNextVoterStandsInForALeaderThatIsNotReady() {
    List<NodeId> voters = group.voters();
    loads.put(voters.get(2), Standing.NOT_READY);
    assertEquals(Optional.of(voters.get(0)), pick("", ReplicaChoice.LEADER, voters.get(2), 1));
    loads.put(voters.get(0), Standing.NOT_READY);
    assertEquals(Optional.of(voters.get(1)), pick("", ReplicaChoice.LEADER, voters.get(2), 1));
    loads.put(voters.get(1), Standing.NOT_READY);
    assertEquals(Optional.empty(), pick("", ReplicaChoice.LEADER, voters.get(2), 1));
  }

  @Test
  void anyReplicaIsOneThatHoldsTheShard() {
    assertEquals(Set.copyOf(group.voters()), picks("", ReplicaChoice.NEAREST));
  }

  @Test
  void replicasInTheZoneComeFirstAndOthersOnlyWithoutThem() {
    Set<NodeId> near = new HashSet<>();
    Set<NodeId> far = new HashSet<>();
    group.voters().forEach(node -> (map.node(node).zone().equals("a") ? near : far).add(node));
    assertTrue(!near.isEmpty() && !far.isEmpty(), "the shard has replicas in both zones");
    near.forEach(node -> loads.put(node, 100));
    assertEquals(near, picks("a", ReplicaChoice.NEAREST));
    near.forEach(node -> loads.put(node, Standing.NOT_READY));
    assertEquals(far, picks("a", ReplicaChoice.NEAREST));
  }

  @Test
  void theBusiestOfSeveralEqualsIsNeverPicked() {
    NodeId busy = group.voters().get(1);
    loads.put(busy, 1);
    Set<NodeId> others = new HashSet<>(group.voters());
    others.remove(busy);
    assertEquals(others, picks("", ReplicaChoice.NEAREST));
  }

  @Test
  void equalsAreLoadedEvenly() {
    Random random = new Random(5);
    for (int call = 0; call < 3_000; call++) {
      NodeId node =
          pick("", ReplicaChoice.NEAREST, group.voters().get(0), random.nextInt()).orElseThrow();
      loads.merge(node, 1, Integer::sum);
    }
    for (NodeId node : group.voters()) {
      int load = loads.getOrDefault(node, 0);
      assertTrue(load > 990 && load < 1_010, loads.toString());
    }
  }

  @Test
  void aCallWithoutAShardGoesToAnyNodeThatIsReady() {
    NodeId down = new NodeId("node-4");
    loads.put(down, Standing.NOT_READY);
    Set<NodeId> picked = new HashSet<>();
    for (int draw = 0; draw < 100; draw++) {
      new NodePick(map, "a")
          .pick(
              new NodePick.Wanted(Optional.empty(), ReplicaChoice.LEADER, Optional.empty()),
              node -> loads.getOrDefault(node, Standing.NOT_READY),
              draw)
          .ifPresent(picked::add);
    }
    Set<NodeId> ready = new HashSet<>(loads.keySet());
    ready.remove(down);
    assertEquals(ready, picked);
  }
}
