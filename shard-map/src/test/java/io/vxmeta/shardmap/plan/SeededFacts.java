package io.vxmeta.shardmap.plan;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/// Clusters made up from a seed: wild ones, in which anything may be wrong, and fair ones, which
/// only lie badly.
final class SeededFacts {
  static final long GIB = 1L << 30;
  private static final long MIB = 1L << 20;

  private SeededFacts() {}

  static NodeId id(int number) {
    return new NodeId(String.format(Locale.ROOT, "node-%04d", number));
  }

  static NodeFacts node(int number, int zones) {
    return node(number, zones, 8 * GIB, NodeFacts.Standing.SERVING);
  }

  static NodeFacts node(int number, int zones, long capacity, NodeFacts.Standing standing) {
    return new NodeFacts(id(number), "zone-" + number % zones, capacity, standing);
  }

  /// Few nodes, any standing, groups with too many or too few members, sizes from nothing to too
  /// large.
  static PlacementFacts wild(Random random) {
    int count = 1 + random.nextInt(16);
    int zones = 1 + random.nextInt(5);
    boolean calm = random.nextInt(3) == 0;
    List<NodeFacts> nodes =
        IntStream.range(0, count)
            .mapToObj(i ->
                node(
                    i,
                    zones,
                    (1 + random.nextInt(4)) * 8L * GIB,
                    calm ? NodeFacts.Standing.SERVING : standing(random)))
            .toList();
    int replication = Math.min(count, 1 + random.nextInt(5));
    int size = 1 + random.nextInt(10);
    List<GroupFacts> groups =
        IntStream.range(0, 1 + random.nextInt(60))
            .mapToObj(i ->
                group(
                    i,
                    members(random, nodes, replication),
                    random,
                    size == 1 ? 4 * GIB : size * 100L * MIB))
            .toList();
    return new PlacementFacts(replication, nodes, groups);
  }

  private static NodeFacts.Standing standing(Random random) {
    return switch (random.nextInt(12)) {
      case 0 -> NodeFacts.Standing.GONE;
      case 1, 2 -> NodeFacts.Standing.DRAINING;
      case 3 -> NodeFacts.Standing.JOINING;
      default -> NodeFacts.Standing.SERVING;
    };
  }

  private static List<Replica> members(Random random, List<NodeFacts> nodes, int replication) {
    List<NodeFacts> chosen = new ArrayList<>(nodes);
    Collections.shuffle(chosen, random);
    int odd = random.nextInt(10);
    int voters =
        Math.max(1, Math.min(nodes.size(), replication + (odd == 0 ? 1 : odd == 1 ? -1 : 0)));
    int listeners = random.nextInt(8) == 0 ? 1 : 0;
    List<Replica> members = new ArrayList<>();
    for (int i = 0; i < Math.min(nodes.size(), voters + listeners); i++) {
      members.add(
          new Replica(chosen.get(i).id(), i < voters ? Replica.Role.VOTER : Replica.Role.LISTENER));
    }
    return members;
  }

  private static GroupFacts group(int number, List<Replica> members, Random random, long bytes) {
    Optional<NodeId> leader =
        random.nextInt(10) == 0 ? Optional.empty() : Optional.of(members.get(0).node());
    return new GroupFacts(
        new ShardGroupId(number),
        members,
        leader,
        (long) (random.nextDouble() * bytes),
        random.nextInt(3) == 0 ? 0 : random.nextInt(20_000));
  }

  /// Nodes that all serve, in zones of equal size, and groups of like size, placed by chance.
  static PlacementFacts fair(Random random, int count, int zones, int groups, int replication) {
    List<NodeFacts> nodes = IntStream.range(0, count).mapToObj(i -> node(i, zones)).toList();
    return new PlacementFacts(
        replication,
        nodes,
        IntStream.range(0, groups)
            .mapToObj(i -> fairGroup(random, i, nodes, replication))
            .toList());
  }

  private static GroupFacts fairGroup(
      Random random, int number, List<NodeFacts> nodes, int replication) {
    List<NodeFacts> chosen = new ArrayList<>(nodes);
    Collections.shuffle(chosen, random);
    List<Replica> members =
        chosen.stream()
            .limit(replication)
            .map(node -> new Replica(node.id(), Replica.Role.VOTER))
            .toList();
    return new GroupFacts(
        new ShardGroupId(number),
        members,
        Optional.of(members.get(0).node()),
        (50 + random.nextInt(100)) * MIB,
        2_000 + random.nextInt(6_000));
  }
}
