package io.vxmeta.shardmap.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Plans for clusters made up from seeds, made on a model cluster and held against what it adds up
/// itself.
///
/// `-Dvx.seed=N` runs one seed alone.
class PlannerSimTest {
  private static final int WILD = 400;
  private static final int FAIR = 40;

  /// A new node takes its share of all bytes; what it takes beyond that is for evenness.
  private static final double EXTRA_MOVEMENT_MAX = 1.25;

  /// And not much less: the tolerance lets it stay a little below.
  private static final double MOVEMENT_MIN = 0.75;

  private static final double ROUNDING = 1 - 1e-9;

  private static final PlanLimits LONG = new PlanLimits(1_000_000, PlanLimits.FILL_PERCENT_MAX);

  private final Planner planner = new Planner(LONG);

  @Test
  void movesAreSafeInAnyOrderOfGroupsAndLeadToAPlacementThatNeedsNone() {
    Seeded.runs(
        WILD,
        random -> {
          PlacementFacts facts = SeededFacts.wild(random);
          PlacementPlan plan = planner.plan(facts);
          ModelCluster cluster = new ModelCluster(facts);
          if (random.nextBoolean()) {
            cluster.makeInOrder(plan, LONG);
          } else {
            cluster.makeInterleaved(plan, random);
          }
          checkGoals(cluster, facts, plan.shortfalls());
          assertEquals(List.of(), planner.plan(cluster.facts()).moves(), () -> "" + plan);
        });
  }

  @Test
  void shortPlansLeadToTheSameGoalsOneAfterTheOther() {
    PlanLimits limits = new PlanLimits(7, PlanLimits.FILL_PERCENT_MAX);
    Planner hurried = new Planner(limits);
    Seeded.runs(
        WILD / 4,
        random -> {
          PlacementFacts facts = SeededFacts.wild(random);
          ModelCluster cluster = new ModelCluster(facts);
          PlacementPlan plan = hurried.plan(facts);
          int plans = 1;
          while (!plan.isEmpty()) {
            assertTrue(plan.moves().size() <= limits.movesMax(), plan::toString);
            cluster.makeInOrder(plan, limits);
            plan = hurried.plan(cluster.facts());
            plans++;
            assertTrue(plans < 200, "plans go round in circles");
          }
          checkGoals(cluster, facts, plan.shortfalls());
        });
  }

  private static void checkGoals(
      ModelCluster cluster, PlacementFacts before, List<Shortfall> shortfalls) {
    Set<ShardGroupId> excused = excused(shortfalls);
    int perZone = perZoneMax(before);
    for (ShardGroupId group : cluster.groups()) {
      List<NodeFacts> voters = cluster.votersOf(group);
      if (!excused.contains(group)) {
        assertEquals(before.replication(), voters.size(), () -> "voters of group " + group);
        assertTrue(voters.stream().allMatch(NodeFacts::keeps), () -> "group " + group + voters);
        assertTrue(
            voters.stream().anyMatch(node -> !node.takes()) || crowd(voters) <= perZone,
            () -> "group " + group + " crowds a zone: " + voters);
      }
    }
    shortfalls.forEach(shortfall -> assertTrue(shortfall.words().length() > 10));
  }

  private static Set<ShardGroupId> excused(List<Shortfall> shortfalls) {
    return shortfalls.stream()
        .flatMap(shortfall -> namedIn(shortfall).stream())
        .collect(Collectors.toSet());
  }

  private static List<ShardGroupId> namedIn(Shortfall shortfall) {
    if (shortfall instanceof Shortfall.NoMajority lost) {
      return List.of(lost.group());
    } else if (shortfall instanceof Shortfall.TooFewNodes few) {
      return List.of(few.group());
    } else if (shortfall instanceof Shortfall.NoRoom full) {
      return List.of(full.group());
    } else if (shortfall instanceof Shortfall.SharedZone shared) {
      return List.of(shared.group());
    }
    return List.of();
  }

  private static long crowd(List<NodeFacts> voters) {
    return voters.stream()
        .collect(Collectors.groupingBy(NodeFacts::zone, Collectors.counting()))
        .values()
        .stream()
        .mapToLong(Long::longValue)
        .max()
        .orElse(0);
  }

  /// By trying: the fewest voters per zone with which a group fits.
  private static int perZoneMax(PlacementFacts facts) {
    return IntStream.rangeClosed(1, facts.replication())
        .filter(max ->
            facts.nodes().stream()
                    .filter(NodeFacts::takes)
                    .collect(Collectors.groupingBy(NodeFacts::zone, Collectors.counting()))
                    .values()
                    .stream()
                    .mapToLong(nodes -> Math.min(max, nodes))
                    .sum()
                >= facts.replication())
        .findFirst()
        .orElse(facts.replication());
  }

  @Test
  void theOrderOfWhatIsListedDoesNotMatter() {
    Seeded.runs(
        WILD / 4,
        random -> {
          PlacementFacts facts = SeededFacts.wild(random);
          PlacementFacts shuffled =
              new PlacementFacts(
                  facts.replication(),
                  shuffled(facts.nodes(), random),
                  shuffled(facts.groups(), random).stream()
                      .map(group -> withShuffledReplicas(group, random))
                      .toList());
          assertEquals(planner.plan(facts), planner.plan(shuffled));
        });
  }

  private static GroupFacts withShuffledReplicas(GroupFacts group, Random random) {
    List<Replica> replicas = shuffled(group.replicas(), random);
    return new GroupFacts(
        group.id(), replicas, group.leader(), group.bytes(), group.operationsPerSecond());
  }

  private static <T> List<T> shuffled(List<T> list, Random random) {
    List<T> copy = new ArrayList<>(list);
    Collections.shuffle(copy, random);
    return copy;
  }

  /// Plans and moves until nothing is left to move.
  private ModelCluster settled(PlacementFacts facts) {
    ModelCluster cluster = new ModelCluster(facts);
    cluster.makeInOrder(planner.plan(facts), LONG);
    return cluster;
  }

  private static PlacementFacts fair(Random random, int nodesPerZoneMax) {
    int zones = 1 + random.nextInt(5);
    int nodes = zones * (1 + random.nextInt(nodesPerZoneMax));
    int replication = nodes < 3 ? 1 : 3;
    int groups = nodes * (5 + random.nextInt(10));
    return SeededFacts.fair(random, nodes, zones, groups, replication);
  }

  @Test
  void everyNodeEndsWithinTheToleranceOfItsShare() {
    Seeded.runs(
        FAIR,
        random -> {
          PlacementFacts facts = fair(random, 6);
          ModelCluster cluster = settled(facts);
          for (Measure measure : Measure.values()) {
            checkBalance(cluster, measure, facts);
          }
          assertTrue(
              planner.plan(cluster.facts()).shortfalls().stream()
                  .noneMatch(Shortfall.Unbalanced.class::isInstance));
        });
  }

  /// All nodes are alike, so each one's share is the mean.
  private static void checkBalance(ModelCluster cluster, Measure measure, PlacementFacts facts) {
    long total = cluster.nodes().stream().mapToLong(n -> cluster.has(n.id(), measure)).sum();
    double share = (double) total / cluster.nodes().size();
    int pieces = facts.groups().size() * (measure == Measure.LEADERS ? 1 : facts.replication());
    double piece = (double) total / pieces;
    for (NodeFacts node : cluster.nodes()) {
      double off = Math.abs(cluster.has(node.id(), measure) - share);
      assertTrue(
          off < piece * ROUNDING
              || off <= measure.tolerance() * share
              || off < negligible(measure, node),
          () -> measure + " off by " + off + " of a share of " + share + " on " + node);
    }
  }

  private static double negligible(Measure measure, NodeFacts node) {
    return switch (measure) {
      case REPLICAS, LEADERS -> 0;
      case BYTES -> Accounts.NEGLIGIBLE_FILL * (double) node.capacityBytes();
      case LOAD -> Accounts.NEGLIGIBLE_LOAD;
    };
  }

  @Test
  void aNewNodeTakesItsShareAndLittleMoreIsMoved() {
    Seeded.runs(
        FAIR,
        random -> {
          int nodes = 3 + random.nextInt(20);
          ModelCluster cluster = settled(SeededFacts.fair(random, nodes, 1, nodes * 12, 3));
          long all = cluster.nodes().stream().mapToLong(n -> cluster.usedOn(n.id())).sum();
          cluster.set(SeededFacts.node(nodes, 1));
          PlacementPlan plan = planner.plan(cluster.facts());
          double part = plan.bytesMoved() * (nodes + 1.0) / all;
          assertTrue(
              part >= MOVEMENT_MIN && part <= EXTRA_MOVEMENT_MAX,
              () -> "moved " + part + " of a share, nodes=" + nodes);
          cluster.makeInOrder(plan, LONG);
          assertTrue(planner.plan(cluster.facts()).isEmpty());
        });
  }

  @Test
  void drainingANodeMovesOnlyWhatIsOnIt() {
    Seeded.runs(
        FAIR,
        random -> {
          int nodes = 5 + random.nextInt(20);
          ModelCluster cluster = settled(SeededFacts.fair(random, nodes, 1, nodes * 12, 3));
          NodeId drained = SeededFacts.id(random.nextInt(nodes));
          long bytes = cluster.usedOn(drained);
          cluster.set(
              new NodeFacts(drained, "zone-0", 8 * SeededFacts.GIB, NodeFacts.Standing.DRAINING));
          PlacementPlan plan = planner.plan(cluster.facts());
          for (Move move : plan.moves()) {
            if (move instanceof Move.RemoveReplica remove) {
              assertEquals(drained, remove.node(), plan::toString);
            }
          }
          assertEquals(bytes, plan.bytesMoved());
          cluster.makeInOrder(plan, LONG);
          assertEquals(0, cluster.usedOn(drained));
          assertEquals(0, cluster.has(drained, Measure.LEADERS));
        });
  }

  @Test
  void aBalancedClusterIsLeftAloneWhenItsLoadWavers() {
    Seeded.runs(
        FAIR,
        random -> {
          PlacementFacts settled = settled(fair(random, 4)).facts();
          List<GroupFacts> wavered =
              settled.groups().stream()
                  .map(group ->
                      new GroupFacts(
                          group.id(),
                          group.replicas(),
                          group.leader(),
                          group.bytes() + random.nextInt(1 << 20),
                          group.operationsPerSecond() * (97 + random.nextInt(6)) / 100))
                  .toList();
          PlacementPlan plan =
              planner.plan(new PlacementFacts(settled.replication(), settled.nodes(), wavered));
          assertEquals(List.of(), plan.moves());
        });
  }

  @Test
  void aThousandNodesAndTenThousandGroupsArePlanned() {
    Random random = new Random(1);
    PlacementFacts facts = SeededFacts.fair(random, 1_000, 10, 10_000, 3);
    ModelCluster cluster = settled(facts);
    checkGoals(cluster, facts, List.of());
    assertTrue(planner.plan(cluster.facts()).isEmpty());
  }
}
