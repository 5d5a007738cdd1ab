package io.vxmeta.raft.move;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.Replication.Follower;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.NodeId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// No step takes a group its majority.
final class ReplicaMoverTest {
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");
  private static final NodeId C = new NodeId("c");
  private static final NodeId D = new NodeId("d");
  private static final NodeId E = new NodeId("e");

  private final ScriptedReplica leader = new ScriptedReplica(A);

  private static Follower answering(NodeId node) {
    return new Follower(node, 9, 100);
  }

  private static Follower silent(NodeId node) {
    return new Follower(node, 9, 60_000);
  }

  private void followedBy(Follower... followers) {
    leader.replication = Optional.of(new Replication(9, 9, List.of(followers)));
  }

  @Test
  void aVoterGoesIfAMajorityOfTheOthersAnswers() {
    followedBy(answering(B), silent(C), silent(D));
    assertTrue(ReplicaMover.majorityAnswers(leader, Set.of(A, B, C, D), C));
    assertTrue(ReplicaMover.majorityAnswers(leader, Set.of(A, B, C), C));
    assertFalse(ReplicaMover.majorityAnswers(leader, Set.of(A, B, C, D), B));
  }

  /// Two of three are up: without the one that answers, the leader would be alone with the other.
  @Test
  void theLastOneThatTheMajorityNeedsKeepsItsVote() {
    followedBy(answering(B), silent(C));
    assertFalse(ReplicaMover.majorityAnswers(leader, Set.of(A, B, C), B));
    assertTrue(ReplicaMover.majorityAnswers(leader, Set.of(A, B, C), C));
  }

  @Test
  void whoIsNoVoterDoesNotCount() {
    followedBy(answering(B), silent(C), answering(E));
    assertFalse(ReplicaMover.majorityAnswers(leader, Set.of(A, B, C), B));
  }

  @Test
  void theLastButOneMayGo() {
    followedBy(answering(B));
    assertTrue(ReplicaMover.majorityAnswers(leader, Set.of(A, B), B));
  }
}
