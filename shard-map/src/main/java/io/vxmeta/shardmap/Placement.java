package io.vxmeta.shardmap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Decides which node holds which shard group and who should lead it: pure functions, equal on
/// every node.
public final class Placement {
  /* The nodes stand on a ring, sorted by name but alternating between zones. Each group takes the next `replication` places
   * where the group before it stopped, and the member that leads the fewest groups so far leads it. So replicas and leaders
   * per node differ by at most one, and replicas of a group are in different zones where zones are of one size.
   * The root group is on every node of a first cluster, whatever the replication: a node learns the shard map by applying it.
   * Shards go to groups in equal runs: 0..42, 43..85, 86..127 for three groups. */

  /// More Raft groups than this cost more than they spread: one or two per core are enough.
  public static final int DATA_GROUPS_MAX = 64;

  /// A quorum of 4 of 7; beyond it each write only waits for more disks.
  public static final int REPLICATION_MAX = 7;

  private Placement() {}

  /// The first shard map of a cluster, epoch 1: whatever order the nodes come in, the map is the
  /// same.
  public static ShardMap initial(
      String clusterId, List<Node> nodes, int dataGroups, int replication) {
    checkArguments(nodes, dataGroups, replication);
    List<Node> ring = ring(nodes);
    Map<NodeId, Integer> leads = new HashMap<>();
    List<ShardGroup> groups = new ArrayList<>();
    for (int number = 0; number <= dataGroups; number++) {
      int members = number == ShardGroupId.ROOT.value() ? rootReplicas(ring) : replication;
      ShardGroup group = group(number, ring, replication, members, leads);
      leads.merge(preferredLeader(group), 1, Integer::sum);
      groups.add(group);
    }
    List<ShardGroupId> groupOfShard =
        IntStream.range(0, ShardId.COUNT)
            .mapToObj(shard -> founder(new ShardId(shard), dataGroups))
            .toList();
    return new ShardMap(clusterId, Epoch.FIRST, groupOfShard, groups, nodes);
  }

  /// The group that a data shard was in when the cluster began, which is where its group's log
  /// begins with it, wherever it has moved since.
  public static ShardGroupId founder(ShardId shard, int dataGroups) {
    return new ShardGroupId(1 + shard.value() * dataGroups / ShardId.COUNT);
  }

  /// Who should lead the group when all its voters are well: the first of them.
  public static NodeId preferredLeader(ShardGroup group) {
    return group.voters().get(0);
  }

  private static void checkArguments(List<Node> nodes, int dataGroups, int replication) {
    if (dataGroups < 1 || dataGroups > DATA_GROUPS_MAX) {
      throw new IllegalArgumentException(
          "data-groups is 1.." + DATA_GROUPS_MAX + ": data-groups=" + dataGroups);
    }
    if (replication < 1 || replication > REPLICATION_MAX || replication % 2 == 0) {
      throw new IllegalArgumentException(
          "replication is odd and 1.." + REPLICATION_MAX + ": replication=" + replication);
    }
    if (replication > nodes.size()) {
      throw new IllegalArgumentException(
          "each replica needs a node of its own: replication="
              + replication
              + " nodes="
              + nodes.size()
              + "; add nodes or lower replication");
    }
  }

  private static int rootReplicas(List<Node> ring) {
    return Math.min(ring.size(), REPLICATION_MAX);
  }

  private static ShardGroup group(
      int number, List<Node> ring, int replication, int count, Map<NodeId, Integer> leads) {
    List<NodeId> members =
        new ArrayList<>(
            IntStream.range(0, count)
                .mapToObj(i -> ring.get((number * replication + i) % ring.size()).id())
                .toList());
    int leader = 0;
    for (int i = 1; i < count; i++) {
      if (leads.getOrDefault(members.get(i), 0) < leads.getOrDefault(members.get(leader), 0)) {
        leader = i;
      }
    }
    Collections.rotate(members, -leader);
    return new ShardGroup(
        new ShardGroupId(number),
        members.stream().map(node -> new Replica(node, Replica.Role.VOTER)).toList());
  }

  /// Sorted by name, one from each zone in turn.
  private static List<Node> ring(List<Node> nodes) {
    SortedMap<String, Deque<Node>> byZone = new TreeMap<>();
    nodes.stream()
        .sorted(Comparator.comparing(Node::id))
        .forEach(node -> byZone.computeIfAbsent(node.zone(), z -> new ArrayDeque<>()).add(node));
    List<Node> ring = new ArrayList<>();
    while (ring.size() < nodes.size()) {
      for (Deque<Node> zone : byZone.values()) {
        if (!zone.isEmpty()) {
          ring.add(zone.removeFirst());
        }
      }
    }
    return ring;
  }
}
