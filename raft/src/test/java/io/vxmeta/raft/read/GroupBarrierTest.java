package io.vxmeta.raft.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.GroupBarrier.Question;
import io.vxmeta.shardmap.NodeId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The barrier releases a read only when a majority, asked after it arrived, knows no newer term.
final class GroupBarrierTest {
  private static final NodeId SELF = new NodeId("a");
  private static final NodeId B = new NodeId("b");
  private static final NodeId C = new NodeId("c");
  private static final NodeId D = new NodeId("d");
  private static final long FAR = Long.MAX_VALUE / 2;

  private final ScriptedReplica replica = new ScriptedReplica(SELF);
  private long now;
  private int kicks;
  private GroupBarrier barrier;

  @BeforeEach
  void lead() {
    replica.role = RaftRole.LEADER;
    replica.term = 5;
    replica.ready = true;
    replica.committed = 100;
    replica.voters = Set.of(SELF, B, C);
    barrier =
        new GroupBarrier(replica, () -> kicks++, (nanos, reads) -> {}, () -> now, new AtomicLong());
  }

  private Question asked(NodeId peer) {
    Optional<Question> question = barrier.question(peer);
    assertTrue(question.isPresent(), () -> "expected a question to " + peer);
    return question.get();
  }

  private static ReadRefused.Reason reasonOf(CompletableFuture<Long> read) {
    CompletionException problem = assertThrows(CompletionException.class, read::join);
    return assertInstanceOf(ReadRefused.class, problem.getCause()).reason();
  }

  @Test
  void oneFollowerOfThreeAtTheLeadersTermReleasesTheReadWithTheCommitIndexOfTheStart() {
    CompletableFuture<Long> read = barrier.confirm(FAR);
    assertEquals(1, kicks);
    replica.committed = 200;
    assertFalse(read.isDone());
    barrier.onAnswer(B, asked(B).round(), 5);
    assertEquals(100, read.join());
  }

  /// It was asked, and answered, before the new round began.
  @Test
  void anAnswerToAGroupBeforeItWasClosedDoesNotCountAfterItWasOpenedAgain() {
    ReadBarrier all = new ReadBarrier(Map.of(), _ -> (_, _) -> {}, () -> now);
    all.add(replica);
    CompletableFuture<Long> before = all.confirm(replica.group(), FAR);
    long former = all.questions(B).getFirst().round();
    all.remove(replica.group());
    assertEquals(ReadRefused.Reason.NOT_LEADER, reasonOf(before));
    all.add(replica);
    CompletableFuture<Long> after = all.confirm(replica.group(), FAR);
    all.onAnswers(B, List.of(new ReadBarrier.Answer(replica.group(), former, 5)));
    assertFalse(after.isDone());
    long own = all.questions(B).getFirst().round();
    all.onAnswers(B, List.of(new ReadBarrier.Answer(replica.group(), own, 5)));
    assertEquals(100, after.join());
  }

  @Test
  void aNewerTermAtAnyPeerRefusesTheReads() {
    CompletableFuture<Long> read = barrier.confirm(FAR);
    barrier.onAnswer(C, asked(C).round(), 6);
    assertEquals(ReadRefused.Reason.NOT_LEADER, reasonOf(read));
  }

  @Test
  void aReadThatArrivesDuringARoundWaitsForTheNextOne() {
    CompletableFuture<Long> first = barrier.confirm(FAR);
    Question old = asked(B);
    replica.committed = 150;
    CompletableFuture<Long> second = barrier.confirm(FAR);
    barrier.onAnswer(B, old.round(), 5);
    assertEquals(100, first.join());
    assertFalse(second.isDone(), "an answer to an older question must not release it");
    barrier.onAnswer(B, old.round(), 5);
    assertFalse(second.isDone(), "nor the same answer again");
    barrier.onAnswer(C, asked(C).round(), 5);
    assertEquals(150, second.join());
  }

  @Test
  void aLeaderThatWasReplacedMeanwhileRefusesThoughTheMajorityConfirmed() {
    CompletableFuture<Long> read = barrier.confirm(FAR);
    Question question = asked(B);
    replica.term = 7;
    replica.role = RaftRole.FOLLOWER;
    barrier.onAnswer(B, question.round(), 5);
    assertEquals(ReadRefused.Reason.NOT_LEADER, reasonOf(read));
  }

  @Test
  void aNewLeaderRefusesUntilItsFirstEntryIsApplied() {
    replica.ready = false;
    assertEquals(ReadRefused.Reason.NOT_READY, reasonOf(barrier.confirm(FAR)));
    replica.ready = true;
    CompletableFuture<Long> read = barrier.confirm(FAR);
    barrier.onAnswer(B, asked(B).round(), 5);
    assertEquals(100, read.join());
  }

  @Test
  void bothMajoritiesAreNeededWhileTheConfigurationChanges() {
    replica.voters = Set.of(SELF, C, D);
    replica.previousVoters = Set.of(SELF, B, C);
    CompletableFuture<Long> read = barrier.confirm(FAR);
    barrier.onAnswer(B, asked(B).round(), 5);
    assertFalse(read.isDone(), "only the previous configuration has a majority");
    barrier.onAnswer(D, asked(D).round(), 5);
    assertEquals(100, read.join());
  }

  @Test
  void aConfigurationThatChangedDuringTheRoundIsAskedAgain() {
    CompletableFuture<Long> read = barrier.confirm(FAR);
    Question old = asked(B);
    replica.voters = Set.of(SELF, C, D);
    barrier.onAnswer(B, old.round(), 5);
    assertFalse(read.isDone());
    assertTrue(barrier.question(B).isEmpty());
    barrier.onAnswer(D, asked(D).round(), 5);
    assertEquals(100, read.join());
  }

  @Test
  void anAnswerOfANodeThatIsNoMemberCountsForNothing() {
    CompletableFuture<Long> read = barrier.confirm(FAR);
    barrier.onAnswer(B, asked(B).round(), 0);
    assertFalse(read.isDone());
  }

  @Test
  void aReadWithoutAMajorityEndsAtItsDeadlineAndTheNextOneIsNotHurt() {
    CompletableFuture<Long> late = barrier.confirm(10);
    CompletableFuture<Long> patient = barrier.confirm(FAR);
    now = 11;
    barrier.expire(now);
    assertEquals(ReadRefused.Reason.DEADLINE, reasonOf(late));
    assertFalse(patient.isDone());
    barrier.onAnswer(B, asked(B).round(), 5);
    barrier.onAnswer(B, asked(B).round(), 5);
    assertEquals(100, patient.join());
  }

  @Test
  void losingLeadershipFailsWaitingReadsWithoutAnyAnswer() {
    CompletableFuture<Long> read = barrier.confirm(FAR);
    replica.role = RaftRole.FOLLOWER;
    barrier.expire(1);
    assertEquals(ReadRefused.Reason.NOT_LEADER, reasonOf(read));
  }

  @Test
  void aSingleVoterNeedsNobody() {
    replica.voters = Set.of(SELF);
    assertEquals(100, barrier.confirm(FAR).join());
  }

  /// Nobody looks for late reads here any more.
  @Test
  void aReadThatComesAfterTheReplicaWentIsRefusedLikeThoseThatWaited() {
    CompletableFuture<Long> waiting = barrier.confirm(FAR);
    barrier.abandon();
    assertEquals(ReadRefused.Reason.NOT_LEADER, reasonOf(waiting));
    CompletableFuture<Long> late = barrier.confirm(FAR);
    assertTrue(late.isDone());
    assertEquals(ReadRefused.Reason.NOT_LEADER, reasonOf(late));
  }
}
