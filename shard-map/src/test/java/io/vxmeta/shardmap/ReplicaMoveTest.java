package io.vxmeta.shardmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.ReplicaMove.Step;
import io.vxmeta.shardmap.ReplicaMove.Will;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Which step of a move is due.
final class ReplicaMoveTest {
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");
  private static final NodeId C = new NodeId("c");
  private static final NodeId D = new NodeId("d");
  private static final ShardGroupId GROUP = new ShardGroupId(1);
  private static final ReplicaMove MOVE = ReplicaMove.between(GROUP, A, D);

  @Test
  void theNewcomerGetsItsVoteBeforeTheOtherLosesIts() {
    assertEquals(Step.ADD, MOVE.due(Set.of(A, B, C), B));
    assertEquals(Step.REMOVE, MOVE.due(Set.of(A, B, C, D), B));
    assertEquals(Optional.of(A), MOVE.leaves());
    assertEquals(Step.FINISH, MOVE.due(Set.of(B, C, D), B));
  }

  @Test
  void whoLeadsIsNotRemoved() {
    assertEquals(Step.HAND_OVER, MOVE.due(Set.of(A, B, C, D), A));
    assertEquals(Step.HAND_OVER, MOVE.calledOff().due(Set.of(A, B, C, D), D));
  }

  @Test
  void aMoveThatIsCalledOffTakesTheNewcomerOut() {
    ReplicaMove off = MOVE.calledOff();
    assertEquals(Step.FORGET, off.due(Set.of(A, B, C), A));
    assertEquals(Step.REMOVE, off.due(Set.of(A, B, C, D), A));
    assertEquals(Optional.of(D), off.leaves());
  }

  @Test
  void thereIsNoWayBackOnceTheOtherIsGone() {
    assertEquals(Step.FINISH, MOVE.calledOff().due(Set.of(B, C, D), B));
  }

  @Test
  void ordersThatMeanNothingAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> ReplicaMove.between(GROUP, A, A));
    assertThrows(
        IllegalArgumentException.class, () -> ReplicaMove.between(ShardGroupId.ROOT, A, D));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ReplicaMove(GROUP, Optional.of(A), Optional.empty(), Will.GO));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ReplicaMove(ShardGroupId.ROOT, Optional.empty(), Optional.empty(), Will.GO));
  }

  @Test
  void aNodeJoinsTheRootGroup() {
    ReplicaMove joins = ReplicaMove.joins(D);
    assertEquals(Step.ADD, joins.due(Set.of(A, B, C), A));
    assertEquals(Step.FINISH, joins.due(Set.of(A, B, C, D), A));
    assertEquals(Step.FORGET, joins.calledOff().due(Set.of(A, B, C), A));
    assertEquals(Step.REMOVE, joins.calledOff().due(Set.of(A, B, C, D), A));
    assertEquals(Step.HAND_OVER, joins.calledOff().due(Set.of(A, B, C, D), D));
  }

  @Test
  void aNodeLeavesTheRootGroup() {
    ReplicaMove leaves = ReplicaMove.leavesRoot(A);
    assertEquals(Step.HAND_OVER, leaves.due(Set.of(A, B, C), A));
    assertEquals(Step.REMOVE, leaves.due(Set.of(A, B, C), B));
    assertEquals(Step.FINISH, leaves.due(Set.of(B, C), B));
    assertEquals(Step.FORGET, leaves.calledOff().due(Set.of(A, B, C), B));
    assertEquals(Step.FINISH, leaves.calledOff().due(Set.of(B, C), B));
  }

  /// Whoever leads at each step, and whenever it is called off: the voters change one at a time,
  /// never below three, and the move ends with either replica, not with both.
  @Test
  void everyMoveEndsAndChangesOneVoterAtATime() {
    for (int seed = 0; seed < 2_000; seed++) {
      walk(new Random(seed), seed);
    }
  }

  private static void walk(Random random, int seed) {
    ReplicaMove move = MOVE;
    Set<NodeId> voters = new HashSet<>(Set.of(A, B, C));
    NodeId leader = anyOf(voters, random);
    int offAt = random.nextInt(8);
    for (int step = 0; step < 12; step++) {
      move = step == offAt ? move.calledOff() : move;
      switch (move.due(voters, leader)) {
        case ADD -> assertTrue(voters.add(D), () -> "seed=" + seed);
        case REMOVE -> {
          NodeId leaves = move.leaves().orElseThrow();
          assertTrue(!leader.equals(leaves) && voters.remove(leaves), "seed=" + seed);
        }
        case HAND_OVER -> {
          NodeId leaves = move.leaves().orElseThrow();
          Set<NodeId> others = new HashSet<>(voters);
          assertTrue(others.remove(leaves), () -> "seed=" + seed);
          leader = anyOf(others, random);
        }
        case FINISH -> {
          assertEquals(Set.of(B, C, D), voters, "seed=" + seed);
          return;
        }
        case FORGET -> {
          assertEquals(Set.of(A, B, C), voters, "seed=" + seed);
          return;
        }
      }
      assertTrue(voters.size() >= 3 && voters.contains(leader), "seed=" + seed);
      leader = random.nextInt(3) == 0 ? anyOf(voters, random) : leader;
    }
    throw new AssertionError("a move did not end: seed=" + seed);
  }

  private static NodeId anyOf(Set<NodeId> voters, Random random) {
    List<NodeId> sorted = new ArrayList<>(voters.stream().sorted().toList());
    return sorted.get(random.nextInt(sorted.size()));
  }
}
