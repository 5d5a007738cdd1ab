package io.vxmeta.chaos.bench;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.plan.GroupFacts;
import io.vxmeta.shardmap.plan.NodeFacts;
import io.vxmeta.shardmap.plan.PlacementFacts;
import io.vxmeta.shardmap.plan.PlacementPlan;
import io.vxmeta.shardmap.plan.PlanLimits;
import io.vxmeta.shardmap.plan.Planner;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/// How long a large cluster takes to be planned in which much is wrong at once.
final class PlannerCase {
  /* 1,000 nodes in ten zones, of three sizes; of every hundred one is gone, two drain, three are new and empty. 10,000 groups of
   * sizes that differ by four and loads that differ by ten, three replicas each on nodes drawn at random, so that zones are shared, and
   * replicas, bytes and leads uneven. The plan has no limit of moves: all of it is decided, whatever an operator would get of it
   * at a time. */

  /// The first is cold: what an operator waits for is a first plan.
  static final int RUNS = 5;

  private static final int NODES = 1_000;
  private static final int GROUPS = 10_000;
  private static final int REPLICATION = 3;
  private static final int ZONES = 10;
  private static final long MIB = 1L << 20;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final PlanLimits LIMITS =
      new PlanLimits(Integer.MAX_VALUE, PlanLimits.FILL_PERCENT_MAX);

  private final PlacementFacts facts;

  PlannerCase(long seed) {
    this(seed, NODES, GROUPS);
  }

  /// A cluster of another size, for tests.
  PlannerCase(long seed, int nodes, int groups) {
    Random random = new Random(seed);
    List<NodeFacts> made = IntStream.range(0, nodes).mapToObj(i -> node(i, random)).toList();
    List<NodeFacts> old =
        made.stream().filter(node -> !node.id().value().startsWith("new-")).toList();
    facts =
        new PlacementFacts(
            REPLICATION,
            made,
            IntStream.range(0, groups).mapToObj(i -> group(i, old, random)).toList());
  }

  private static NodeFacts node(int number, Random random) {
    boolean isNew = number % 100 >= 97;
    NodeFacts.Standing standing =
        switch (number % 100) {
          case 0 -> NodeFacts.Standing.GONE;
          case 1, 2 -> NodeFacts.Standing.DRAINING;
          default -> NodeFacts.Standing.SERVING;
        };
    return new NodeFacts(
        new NodeId((isNew ? "new-" : "node-") + String.format(Locale.ROOT, "%04d", number)),
        "zone-" + number % ZONES,
        (8L << random.nextInt(3)) * 1_024 * MIB,
        standing);
  }

  private static GroupFacts group(int number, List<NodeFacts> nodes, Random random) {
    List<NodeFacts> members = new ArrayList<>();
    while (members.size() < REPLICATION) {
      NodeFacts node = nodes.get(random.nextInt(nodes.size()));
      if (!members.contains(node)) {
        members.add(node);
      }
    }
    return new GroupFacts(
        new ShardGroupId(number),
        members.stream().map(node -> new Replica(node.id(), Replica.Role.VOTER)).toList(),
        Optional.of(members.get(0).id()),
        (50 + random.nextInt(150)) * MIB,
        1_000 + random.nextInt(9_000));
  }

  /// Plans [#RUNS] times, and makes sure that a plan came out.
  double slowestSeconds() {
    double slowest = 0;
    for (int run = 0; run < RUNS; run++) {
      long start = System.nanoTime();
      PlacementPlan plan = new Planner(LIMITS).plan(facts);
      slowest = Math.max(slowest, (System.nanoTime() - start) / NANOS_PER_SECOND);
      if (plan.isEmpty()) {
        throw new IllegalStateException(
            "expected moves for a cluster with nodes that are gone: nodes="
                + facts.nodes().size()
                + " groups="
                + facts.groups().size()
                + "; mend the planner or the made-up cluster");
      }
    }
    return slowest;
  }
}
