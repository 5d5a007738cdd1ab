package io.vxmeta.shardmap.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlannerTest {
  private static final long GIB = SeededFacts.GIB;
  private static final NodeFacts.Standing SERVING = NodeFacts.Standing.SERVING;

  private final Planner planner = new Planner(PlanLimits.DEFAULT);

  /// A node named by a letter, in the zone of that letter.
  private static NodeFacts node(String name, NodeFacts.Standing standing) {
    return new NodeFacts(new NodeId(name), "zone-" + name, 64 * GIB, standing);
  }

  private static List<NodeFacts> nodes(String... names) {
    return Arrays.stream(names).map(name -> node(name, SERVING)).toList();
  }

  /// The last of the nodes has another standing.
  private static List<NodeFacts> lastIs(NodeFacts.Standing standing, String... names) {
    List<NodeFacts> nodes = new ArrayList<>(nodes(names));
    String last = names[names.length - 1];
    nodes.set(nodes.size() - 1, node(last, standing));
    return nodes;
  }

  /// A group of voters, led by the first; `+x` is a listener.
  private static GroupFacts group(int number, String members) {
    List<Replica> replicas =
        Arrays.stream(members.split(" ", -1))
            .map(member ->
                member.startsWith("+")
                    ? new Replica(new NodeId(member.substring(1)), Replica.Role.LISTENER)
                    : new Replica(new NodeId(member), Replica.Role.VOTER))
            .toList();
    return new GroupFacts(
        new ShardGroupId(number), replicas, Optional.of(replicas.get(0).node()), GIB, 5_000);
  }

  private static String words(Move move) {
    if (move instanceof Move.AddReplica add) {
      return "add " + add.node() + " to " + add.group();
    } else if (move instanceof Move.RemoveReplica remove) {
      return "remove " + remove.node() + " from " + remove.group();
    } else if (move instanceof Move.TransferLeader transfer) {
      return transfer.group() + " from " + transfer.from() + " to " + transfer.to();
    }
    throw new AssertionError("a move of another kind: " + move);
  }

  private PlacementPlan plan(List<NodeFacts> nodes, GroupFacts... groups) {
    return planner.plan(new PlacementFacts(3, nodes, List.of(groups)));
  }

  private static List<String> moves(PlacementPlan plan) {
    return plan.moves().stream().map(PlannerTest::words).toList();
  }

  @Test
  void theFirstMapOfAClusterNeedsNoMoves() {
    for (int count : new int[] {3, 6, 9, 12}) {
      List<Node> nodes =
          IntStream.range(0, count)
              .mapToObj(i ->
                  new Node(
                      SeededFacts.id(i),
                      "z" + i % 3,
                      List.of(new Endpoint("h" + i, 1)),
                      new Endpoint("h" + i, 2),
                      new Endpoint("h" + i, 3)))
              .toList();
      ShardMap map = Placement.initial("c", nodes, 3 * count - 1, 3);
      PlacementFacts facts =
          PlacementFacts.of(
              map,
              3,
              node -> NodeFacts.of(node, 64 * GIB, SERVING),
              group ->
                  GroupFacts.of(group, Optional.of(Placement.preferredLeader(group)), GIB, 100));
      PlacementPlan plan = planner.plan(facts);
      assertEquals(List.of(), plan.moves(), "nodes=" + count);
      assertEquals(0, plan.bytesMoved());
    }
  }

  @Test
  void aReplicaOnANodeThatIsGoneIsMadeAnewBeforeItIsRemoved() {
    PlacementPlan plan =
        plan(lastIs(NodeFacts.Standing.GONE, "a", "b", "c", "d"), group(1, "a b d"));
    assertEquals(List.of("add c to 1", "remove d from 1"), moves(plan));
    assertEquals("d is gone", plan.moves().get(0).reason());
    assertEquals("c has taken its place: d is gone", plan.moves().get(1).reason());
    assertEquals(GIB, plan.bytesMoved());
    assertEquals(List.of(), plan.shortfalls());
  }

  @Test
  void theGroupWithTheFewestLivingVotersIsMendedFirst() {
    List<NodeFacts> nodes = new ArrayList<>(nodes("a", "b", "c", "d", "e", "f", "g"));
    nodes.set(5, node("f", NodeFacts.Standing.GONE));
    nodes.set(6, node("g", NodeFacts.Standing.GONE));
    PlacementFacts facts =
        new PlacementFacts(
            5, nodes, List.of(group(1, "a b c d f"), group(2, "c a b f g"), group(3, "b c d e a")));
    assertEquals(
        List.of(
            "add e to 2",
            "remove f from 2",
            "add d to 2",
            "remove g from 2",
            "add e to 1",
            "remove f from 1"),
        moves(planner.plan(facts)));
  }

  @Test
  void aDrainingNodeHandsItsLeadsOverFirstOfAll() {
    PlacementPlan plan =
        plan(
            lastIs(NodeFacts.Standing.DRAINING, "a", "b", "c", "d"),
            group(1, "d a b"),
            group(2, "a b d"));
    assertEquals("1 from d to b", moves(plan).get(0));
    assertEquals("d drains", plan.moves().get(0).reason());
    assertEquals(
        List.of("add c to 1", "remove d from 1", "add c to 2", "remove d from 2"),
        moves(plan).subList(1, 5));
  }

  @Test
  void theOnlyReplicaIsCopiedAndLeadsBeforeTheOldOneGoes() {
    PlacementFacts facts =
        new PlacementFacts(
            1, lastIs(NodeFacts.Standing.DRAINING, "a", "b"), List.of(group(1, "b")));
    assertEquals(
        List.of("add a to 1", "1 from b to a", "remove b from 1"), moves(planner.plan(facts)));
  }

  @Test
  void aGroupWithoutMajorityIsLeftAloneAndNamed() {
    List<NodeFacts> nodes = new ArrayList<>(nodes("a", "b", "c", "d", "e"));
    nodes.set(1, node("b", NodeFacts.Standing.GONE));
    nodes.set(2, node("c", NodeFacts.Standing.GONE));
    PlacementPlan plan = plan(nodes, group(1, "a b c"));
    assertEquals(List.of(), plan.moves());
    assertTrue(
        plan.shortfalls().contains(new Shortfall.NoMajority(new ShardGroupId(1), 1, 3)),
        plan::toString);
  }

  @Test
  void fewerNodesThanReplicasIsAShortfall() {
    PlacementPlan plan =
        plan(lastIs(NodeFacts.Standing.DRAINING, "a", "b", "c"), group(1, "a b c"));
    assertEquals(List.of(), plan.moves());
    assertTrue(
        plan.shortfalls().contains(new Shortfall.TooFewNodes(new ShardGroupId(1), 2, 3)),
        plan::toString);
  }

  @Test
  void aNodeThatDrainsInVainLeadsNothingAllTheSame() {
    PlacementPlan plan =
        plan(lastIs(NodeFacts.Standing.DRAINING, "a", "b", "c"), group(1, "c a b"));
    assertEquals(List.of("1 from c to a"), moves(plan));
  }

  @Test
  void noNodeWithRoomIsAShortfall() {
    List<NodeFacts> nodes = new ArrayList<>(lastIs(NodeFacts.Standing.GONE, "a", "b", "c", "d"));
    nodes.set(2, new NodeFacts(new NodeId("c"), "zone-c", GIB, SERVING));
    PlacementPlan plan = plan(nodes, group(1, "a b d"));
    assertEquals(List.of(), plan.moves());
    assertTrue(
        plan.shortfalls().contains(new Shortfall.NoRoom(new ShardGroupId(1), GIB)), plan::toString);
  }

  @Test
  void tooFewZonesAreSaidOnceAndReplicasSpreadOverThoseThereAre() {
    List<NodeFacts> nodes = IntStream.range(0, 6).mapToObj(i -> SeededFacts.node(i, 2)).toList();
    GroupFacts crowded = group(1, "node-0000 node-0002 node-0004");
    PlacementPlan plan = planner.plan(new PlacementFacts(3, nodes, List.of(crowded)));
    assertEquals(2, plan.moves().size(), plan::toString);
    assertEquals("replicas of the group share zone zone-0", plan.moves().get(0).reason());
    assertEquals(List.of(new Shortfall.TooFewZones(2, 3, 2)), plan.shortfalls());
  }

  @Test
  void replicasInOneZoneMoveApartAndTheLeaderStays() {
    List<NodeFacts> nodes = IntStream.range(0, 6).mapToObj(i -> SeededFacts.node(i, 3)).toList();
    GroupFacts crowded = group(1, "node-0000 node-0003 node-0001");
    PlacementPlan plan = planner.plan(new PlacementFacts(3, nodes, List.of(crowded)));
    assertEquals(List.of("add node-0002 to 1", "remove node-0003 from 1"), moves(plan));
  }

  @Test
  void aJoiningNodeIsGivenNothing() {
    PlacementPlan plan =
        plan(
            lastIs(NodeFacts.Standing.JOINING, "a", "b", "c", "d"),
            group(1, "a b c"),
            group(2, "b c a"),
            group(3, "c a b"));
    assertEquals(List.of(), plan.moves());
  }

  @Test
  void aListenerIsPromotedInsteadOfCopied() {
    PlacementPlan plan =
        plan(lastIs(NodeFacts.Standing.GONE, "a", "b", "c", "d", "e"), group(1, "a b e +d"));
    assertEquals(List.of("add d to 1", "remove e from 1"), moves(plan));
    assertEquals(0, plan.bytesMoved());
  }

  @Test
  void aVoterTooManyGoesButNotTheLeader() {
    PlacementPlan plan = plan(nodes("a", "b", "c", "d"), group(1, "a b c d"));
    assertEquals(1, plan.moves().size());
    assertTrue(moves(plan).get(0).startsWith("remove "), plan::toString);
    assertFalse(moves(plan).get(0).startsWith("remove a "), plan::toString);
    assertEquals("the group has 4 voters, its replication is 3", plan.moves().get(0).reason());
  }

  @Test
  void threeGroupsOnThreeNodesAreLedByOneEach() {
    PlacementPlan plan =
        plan(nodes("a", "b", "c"), group(1, "a b c"), group(2, "a c b"), group(3, "b a c"));
    assertEquals(List.of("1 from a to c"), moves(plan));
    assertEquals(
        "a leads 2 groups, its share is 1.0, c leads 0 groups, its share is 1.0",
        plan.moves().get(0).reason());
  }

  @Test
  void aLargerNodeHasMoreOfEverything() {
    List<NodeFacts> nodes = new ArrayList<>(nodes("a", "b", "c", "d", "e"));
    nodes.set(4, new NodeFacts(new NodeId("e"), "zone-e", 2 * 64 * GIB, SERVING));
    List<GroupFacts> groups = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      groups.add(group(i, List.of("a b c", "b c d", "c d a", "d a b").get(i % 4)));
    }
    PlacementFacts facts = new PlacementFacts(3, nodes, groups);
    ModelCluster cluster = new ModelCluster(facts);
    cluster.makeInOrder(planner.plan(facts), PlanLimits.DEFAULT);
    assertEquals(12.0, (double) cluster.has(new NodeId("e"), Measure.REPLICAS), 1.2);
    assertEquals(4.0, (double) cluster.has(new NodeId("e"), Measure.LEADERS), 1.0);
  }

  @Test
  void aPlanEndsAtItsLimitWithWholeReplacementsAndSaysSo() {
    GroupFacts[] groups =
        IntStream.range(0, 10).mapToObj(i -> group(i, "a b d")).toArray(GroupFacts[]::new);
    PlanLimits limits = new PlanLimits(5, PlanLimits.FILL_PERCENT_MAX);
    PlacementPlan plan =
        new Planner(limits)
            .plan(
                new PlacementFacts(
                    3, lastIs(NodeFacts.Standing.GONE, "a", "b", "c", "d"), List.of(groups)));
    assertEquals(4, plan.moves().size(), plan::toString);
    assertTrue(plan.shortfalls().contains(new Shortfall.CutShort(5)), plan::toString);
  }

  @Test
  void leadsTravelAlongAPathWhereTwoNodesHaveNoGroupInCommon() {
    PlacementFacts facts =
        new PlacementFacts(
            2, nodes("a", "b", "c"), List.of(group(1, "a b"), group(2, "a b"), group(3, "b c")));
    Draft draft = new Draft(facts, PlanLimits.DEFAULT);
    List<Shortfall> shortfalls = new ArrayList<>();
    new LeaderSpread(draft).run(shortfalls);
    assertEquals(List.of(), shortfalls);
    for (int node = 0; node < 3; node++) {
      assertEquals(1, draft.accounts().leads().on(node), "node=" + node);
    }
  }

  @Test
  void factsThatContradictThemselvesAreRefusedWithTheReason() {
    String stranger =
        refusal(() -> new PlacementFacts(3, nodes("a", "b"), List.of(group(7, "a b x"))));
    assertTrue(stranger.contains("group=7 node=x"), stranger);
    String twice = refusal(() -> new PlacementFacts(3, nodes("a", "a"), List.of()));
    assertTrue(twice.contains("node=a"), twice);
    String nothing = refusal(() -> new NodeFacts(new NodeId("a"), "z", 0, SERVING));
    assertTrue(nothing.contains("capacity=0"), nothing);
  }

  private static String refusal(Runnable action) {
    return String.valueOf(assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
