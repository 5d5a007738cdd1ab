package io.vxmeta.shardmap.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Nodes that leave are emptied, into nodes that may take what they have, and into no others.
final class EvacuationTest {
  private static final int SEEDS = 300;

  private static Node node(int number) {
    return new Node(
        new NodeId("node-" + number),
        "zone-" + number % 3,
        List.of(new Endpoint("h", number)),
        new Endpoint("h", 100 + number),
        new Endpoint("h", 200 + number));
  }

  private static NodeId id(int number) {
    return node(number).id();
  }

  private static ShardMap map(int nodes, int groups) {
    return Placement.initial(
        "c", IntStream.rangeClosed(1, nodes).mapToObj(EvacuationTest::node).toList(), groups, 3);
  }

  private static ShardMap leaving(ShardMap map, NodeId node, Optional<NodeId> successor) {
    return map.with(map.node(node).leavingTo(successor));
  }

  private static ShardMap withNewcomer(ShardMap map, int number) {
    return map.with(node(number)).after(ReplicaMove.joins(id(number)));
  }

  private static List<ReplicaMove> moves(ShardMap map, List<ReplicaMove> underWay) {
    return Evacuation.of(map, underWay, node -> true);
  }

  @Test
  void whoDoesNotAnswerGetsNothing() {
    ShardMap map = leaving(withNewcomer(withNewcomer(map(3, 6), 4), 5), id(1), Optional.empty());
    List<ReplicaMove> moves = Evacuation.of(map, List.of(), node -> !node.equals(id(5)));
    assertEquals(6, moves.size());
    assertTrue(moves.stream().allMatch(move -> move.comesTo(id(4))), moves::toString);
  }

  /// It may be silent for a moment only, and what others have got they keep.
  @Test
  void aSilentSuccessorIsWaitedFor() {
    ShardMap map = leaving(withNewcomer(withNewcomer(map(3, 6), 4), 5), id(1), Optional.of(id(5)));
    assertEquals(List.of(), Evacuation.of(map, List.of(), node -> !node.equals(id(5))));
    assertEquals(6, Evacuation.of(map, List.of(), id(5)::equals).size());
  }

  /// What it can not have does not wait for it.
  @Test
  void aSilentSuccessorKeepsNothingFromOthersThatItCanNotHave() {
    ShardMap map = leaving(map(5, 10), id(1), Optional.of(id(2)));
    List<ReplicaMove> moves = Evacuation.of(map, List.of(), node -> !node.equals(id(2)));
    assertEquals(
        map.dataGroups().stream()
            .filter(group -> group.isOn(id(1)) && group.isOn(id(2)))
            .map(ShardGroup::id)
            .toList(),
        groupsOf(moves));
    assertFalse(moves.isEmpty());
  }

  /// What one node promised to a silent one keeps no other node that leaves the same groups.
  @Test
  void whoLeavesBesideAPromiseIsEmptied() {
    ShardMap map = withNewcomer(withNewcomer(map(3, 6), 4), 5);
    map = leaving(leaving(map, id(1), Optional.of(id(5))), id(2), Optional.empty());
    List<ReplicaMove> moves = Evacuation.of(map, List.of(), node -> !node.equals(id(5)));
    assertEquals(6, moves.size());
    for (ReplicaMove move : moves) {
      assertEquals(Optional.of(id(2)), move.from());
      assertEquals(Optional.of(id(4)), move.to());
    }
  }

  @Test
  void aSuccessorThatLeavesAsWellGetsNothing() {
    ShardMap map = withNewcomer(withNewcomer(map(3, 6), 4), 5);
    map = leaving(leaving(map, id(1), Optional.of(id(5))), id(5), Optional.empty());
    List<ReplicaMove> moves = moves(map, List.of());
    assertEquals(6, moves.size());
    assertTrue(moves.stream().allMatch(move -> move.comesTo(id(4))), moves::toString);
  }

  @Test
  void nobodyLeavesNothingMoves() {
    assertEquals(List.of(), moves(withNewcomer(map(3, 8), 4), List.of()));
  }

  @Test
  void aSuccessorGetsAllThatTheOtherHas() {
    ShardMap map = leaving(withNewcomer(withNewcomer(map(3, 8), 4), 5), id(1), Optional.of(id(5)));
    List<ReplicaMove> moves = moves(map, List.of());
    assertEquals(8, moves.size());
    for (ReplicaMove move : moves) {
      assertEquals(Optional.of(id(1)), move.from());
      assertEquals(Optional.of(id(5)), move.to());
    }
  }

  /// It has a replica of some groups already: those go to others.
  @Test
  void whatASuccessorCanNotHaveGoesElsewhere() {
    ShardMap map = leaving(map(5, 10), id(1), Optional.of(id(2)));
    List<ReplicaMove> moves = moves(map, List.of());
    assertEquals(
        map.dataGroups().stream().filter(group -> group.isOn(id(1))).count(), moves.size());
    for (ReplicaMove move : moves) {
      boolean couldHave = !map.group(move.group()).isOn(id(2));
      assertEquals(couldHave, move.comesTo(id(2)), () -> move + " in " + map.group(move.group()));
    }
  }

  @Test
  void whoHasNotJoinedOrIsToLeadNothingGetsNothing() {
    ShardMap map = leaving(map(3, 4), id(1), Optional.empty());
    assertEquals(List.of(), moves(map.with(node(4)), List.of()));
    ShardMap draining = withNewcomer(map, 4).with(id(4), Node.Duty.DRAINING);
    assertEquals(List.of(), moves(draining, List.of()));
  }

  @Test
  void aGroupOfWhichAMoveIsUnderWayIsLeftAlone() {
    ShardMap map = leaving(withNewcomer(map(3, 4), 4), id(1), Optional.empty());
    ReplicaMove underWay = ReplicaMove.between(new ShardGroupId(2), id(1), id(4));
    List<ShardGroupId> groups =
        moves(map, List.of(underWay)).stream().map(ReplicaMove::group).toList();
    assertEquals(List.of(1, 3, 4), groups.stream().map(ShardGroupId::value).toList());
    assertEquals(groups, groupsOf(moves(map, List.of(underWay.calledOff()))));
  }

  private static List<ShardGroupId> groupsOf(List<ReplicaMove> moves) {
    return moves.stream().map(ReplicaMove::group).toList();
  }

  /// One after the other, in any order, and others begin to leave meanwhile: in the end who leaves
  /// has nothing, each group has three nodes that stay, and the first to go is never a second time
  /// one of them.
  @Test
  void whoLeavesIsEmptied() {
    for (int seed = 0; seed < SEEDS; seed++) {
      empty(new Random(seed), seed);
    }
  }

  private static void empty(Random random, int seed) {
    int nodes = 5 + random.nextInt(3);
    ShardMap map = leaving(map(nodes, 1 + random.nextInt(12)), id(1), Optional.empty());
    boolean second = nodes > 4 && random.nextBoolean();
    List<ReplicaMove> underWay = new ArrayList<>();
    for (int step = 0; step < 200; step++) {
      if (second && step == 3) {
        map = leaving(map, id(2), Optional.of(id(nodes)));
      }
      List<ReplicaMove> due = moves(map, underWay);
      if (due.isEmpty() && underWay.isEmpty()) {
        requireEmptied(map, seed);
        return;
      }
      if (underWay.size() < 2 && !due.isEmpty()) {
        ReplicaMove next = due.get(random.nextInt(due.size()));
        assertTrue(map.group(next.group()).isOn(next.from().orElseThrow()), "seed=" + seed);
        underWay.add(next);
      } else {
        map = map.after(underWay.remove(random.nextInt(underWay.size())));
      }
    }
    throw new AssertionError("expected an end: seed=" + seed);
  }

  private static void requireEmptied(ShardMap map, int seed) {
    for (ShardGroup group : map.dataGroups()) {
      assertEquals(
          3,
          group.voters().stream()
              .filter(voter -> !map.node(voter).leaves())
              .collect(Collectors.toSet())
              .size(),
          () -> "seed=" + seed + " " + group);
    }
  }
}
