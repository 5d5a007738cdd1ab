package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.ABSENT;
import static io.vxmeta.chaos.check.linear.RegisterOperation.ACCEPTED;
import static io.vxmeta.chaos.check.linear.RegisterOperation.NEVER;
import static io.vxmeta.chaos.check.linear.RegisterOperation.REFUSED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.linear.RegisterHistories.Lie;
import io.vxmeta.chaos.check.linear.RegisterHistories.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The server's order is believed only as far as the search agrees.
class ServerOrderTest {
  private static final int HISTORIES = Integer.getInteger("vx.tiny.histories", 10_000);

  @Test
  void honestServerIsNeverAccused() {
    int unique = 0;
    int holds = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      Random random = new Random(seed);
      Shape shape = shape(random);
      List<RegisterOperation> operations = RegisterHistories.honest(random, shape);
      Verdict verdict = ServerOrder.judge(RegisterHistories.of(operations));
      assertFalse(verdict instanceof Verdict.Broken, "seed=" + seed + " " + verdict);
      if (shape.values() == 0 && shape.unanswered() != 1) {
        unique++;
        holds += verdict instanceof Verdict.Holds ? 1 : 0;
      }
    }
    assertTrue(holds > unique * 9 / 10, "unique=" + unique + " holds=" + holds);
  }

  @Test
  void whatTheSearchRefutesNeverHolds() {
    int refuted = 0;
    int caught = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      Random random = new Random(seed);
      List<RegisterOperation> operations = RegisterHistories.honest(random, shape(random));
      for (int faults = 1 + random.nextInt(2); faults > 0; faults--) {
        operations = RegisterHistories.falsified(random, operations);
      }
      RegisterHistory history = RegisterHistories.of(operations);
      Verdict verdict = ServerOrder.judge(history);
      if (OrderSearch.judge(history, 100_000) instanceof Verdict.Broken) {
        assertFalse(verdict instanceof Verdict.Holds, "seed=" + seed);
        refuted++;
        caught += verdict instanceof Verdict.Broken ? 1 : 0;
      }
    }
    assertTrue(refuted > HISTORIES / 5, "refuted=" + refuted);
    assertTrue(caught > refuted * 9 / 10, "refuted=" + refuted + " caught=" + caught);
  }

  @ParameterizedTest
  @EnumSource(
      value = Lie.class,
      names = {"STALE_READ", "LOST_WRITE", "WRONG_ANSWER"})
  void everyLieThatTheSearchProvesIsProvedHereToo(Lie lie) {
    int proved = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      Random random = new Random(seed);
      RegisterHistory history =
          RegisterHistories.of(
              RegisterHistories.served(
                  random, new Shape(4 + random.nextInt(9), 1 + random.nextInt(2), 0, 0), lie));
      if (OrderSearch.judge(history, 100_000) instanceof Verdict.Broken) {
        assertInstanceOf(Verdict.Broken.class, ServerOrder.judge(history), "seed=" + seed);
        proved++;
      }
    }
    assertTrue(proved > HISTORIES / 100, "proved=" + proved);
  }

  private static Shape shape(Random random) {
    return new Shape(
        2 + random.nextInt(9), 1 + random.nextInt(3), random.nextInt(4), random.nextInt(6));
  }

  @Test
  void proofOfAStaleReadNamesBoth() {
    RegisterHistory history =
        RegisterHistories.of(
            List.of(
                RegisterOperation.write(1, 7).during(0, 1).at(1),
                RegisterOperation.read(1, ABSENT).during(2, 3).at(0).withVersion(0)));
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, ServerOrder.judge(history));
    assertEquals(List.of(0, 1), broken.operations());
    assertTrue(broken.proof().contains("A < B because A finished before B began"));
  }

  @Test
  void lostWriteIsBroken() {
    RegisterHistory history =
        RegisterHistories.of(
            List.of(
                RegisterOperation.write(1, 7).during(0, 1).at(1),
                RegisterOperation.read(1, ABSENT).during(2, 3).at(1).withVersion(0)));
    assertInstanceOf(Verdict.Broken.class, ServerOrder.judge(history));
  }

  @Test
  void unansweredWriteThatWasReadCounts() {
    RegisterHistory history =
        RegisterHistories.of(
            List.of(
                RegisterOperation.write(1, 7),
                RegisterOperation.read(1, 7).during(2, 3).at(1).withVersion(1)));
    assertInstanceOf(Verdict.Holds.class, ServerOrder.judge(history));
  }

  @Test
  void answerWithoutARevisionIsUndecided() {
    RegisterHistory history =
        RegisterHistories.of(List.of(RegisterOperation.write(1, 7).during(0, 1)));
    assertInstanceOf(Verdict.Undecided.class, ServerOrder.judge(history));
  }

  @Test
  void twoWritesOfAKeyAtOneRevisionAreBroken() {
    RegisterHistory history =
        RegisterHistories.of(
            List.of(
                RegisterOperation.write(1, 7).during(0, 1).at(1),
                RegisterOperation.write(1, 8).during(0, 1).at(1)));
    assertInstanceOf(Verdict.Broken.class, ServerOrder.judge(history));
  }

  @Test
  void historyWithoutAnAnswerIsUndecided() {
    undecided("the history is empty");
    undecided("the history has none", RegisterOperation.write(1, 7));
  }

  @Test
  void revisionsGoUpToTheirLimit() {
    RegisterOperation write = RegisterOperation.write(1, 7).during(0, 1);
    holds(write.at(ServerOrder.REVISION_MAX));
    undecided("expected a revision from 0 to", write.at(ServerOrder.REVISION_MAX + 1));
  }

  @Test
  void versionBeyondTheRevisionIsBroken() {
    broken(
        "operation 1, a read of 7 (key=1 invoked=2 finished=3 revision=1 version=2) reports a version beyond",
        List.of(0, 1),
        RegisterOperation.write(1, 7).during(0, 1).at(1),
        RegisterOperation.read(1, 7).during(2, 3).at(1).withVersion(2));
  }

  @Test
  void valueThatNobodyWroteIsBroken() {
    broken(
        "the key holds nothing, written by nobody, and no unanswered write",
        List.of(0),
        RegisterOperation.read(1, 7).during(2, 3).at(1).withVersion(1));
    broken(
        "the key holds 7, written by operation 0, a write of 7",
        List.of(0, 1),
        RegisterOperation.write(1, 7).during(0, 1).at(1),
        RegisterOperation.compareAndSet(1, 5, 6, ACCEPTED).during(2, 3).at(2));
  }

  @Test
  void acceptedCompareWritesWhatItSays() {
    RegisterOperation write = RegisterOperation.write(1, 7).during(0, 1).at(1);
    RegisterOperation compare =
        RegisterOperation.compareAndSet(1, 7, 8, ACCEPTED).during(2, 3).at(2);
    holds(write, compare, RegisterOperation.read(1, 8).during(4, 5).at(2).withVersion(2));
    broken(
        "the key holds 8",
        List.of(1, 2),
        write,
        compare,
        RegisterOperation.read(1, 7).during(4, 5).at(2).withVersion(1));
  }

  @Test
  void unansweredWriteExplainsOnlyVersionsAfterTheLastKnown() {
    RegisterOperation write = RegisterOperation.write(1, 7).during(0, 1).at(1);
    RegisterOperation doubtful = RegisterOperation.write(1, 8);
    RegisterOperation read = RegisterOperation.read(1, 8).during(2, 3).at(2);
    holds(doubtful, write, read.withVersion(2));
    holds(doubtful, write, read);
    broken("the key holds 7", List.of(1, 2), doubtful, write, read.withVersion(1));
  }

  @Test
  void explainedWriteIsTheKeysLastFromThenOn() {
    RegisterOperation doubtful = RegisterOperation.write(1, 8);
    RegisterOperation read = RegisterOperation.read(1, 8).during(2, 3).at(5).withVersion(5);
    RegisterOperation next = RegisterOperation.read(1, 9).during(4, 5).at(6);
    holds(doubtful, RegisterOperation.write(1, 9), read, next.withVersion(6));
    broken(
        "the key holds 8, written by operation 0, a write of 8",
        List.of(0, 3),
        doubtful,
        RegisterOperation.write(1, 9),
        read,
        next.withVersion(5));
    broken(
        "the key holds 8",
        List.of(0, 2),
        doubtful,
        read,
        RegisterOperation.read(1, 8).during(4, 5).at(6).withVersion(6));
    broken(
        "the key holds 8",
        List.of(0, 2),
        doubtful,
        read,
        RegisterOperation.read(1, ABSENT).during(4, 5).at(6).withVersion(0));
  }

  @Test
  void chainOfUnansweredComparesExplainsAnAnswer() {
    RegisterOperation write = RegisterOperation.write(1, 7).during(0, 1).at(1);
    RegisterOperation first = RegisterOperation.compareAndSet(1, 7, 8, ACCEPTED).during(1, NEVER);
    RegisterOperation second = RegisterOperation.compareAndSet(1, 8, 9, ACCEPTED).during(1, NEVER);
    RegisterOperation read = RegisterOperation.read(1, 9).during(2, 3).at(3).withVersion(3);
    holds(write, first, second, read);
    broken("the key holds 7", List.of(0, 2), write, second, read);
    broken(
        "Let A = operation 2, a read of 9",
        List.of(2, 3),
        write,
        second,
        read,
        first.during(4, NEVER));
  }

  @Test
  void valueThatTwoUnansweredWritesExplainIsUndecided() {
    RegisterOperation doubtful = RegisterOperation.write(1, 8);
    undecided(
        "answer=operation 2, a read of 8",
        doubtful,
        doubtful,
        RegisterOperation.read(1, 8).during(2, 3).at(2).withVersion(2));
  }

  @Test
  void refusedCompareMustHaveMetAnotherValue() {
    RegisterOperation write = RegisterOperation.write(1, 7).during(0, 1).at(1);
    RegisterOperation refused =
        RegisterOperation.compareAndSet(1, 7, 9, REFUSED).during(2, 3).at(2);
    RegisterOperation other = RegisterOperation.write(1, 8);
    broken("the key holds 7", List.of(0, 1), write, refused);
    holds(write, RegisterOperation.compareAndSet(1, 6, 9, REFUSED).during(2, 3).at(1));
    holds(other, write, refused);
    holds(RegisterOperation.compareAndSet(1, 7, 8, ACCEPTED), write, refused);
    broken(
        "the key holds 7",
        List.of(1, 2),
        RegisterOperation.compareAndSet(1, 5, 8, ACCEPTED),
        write,
        refused);
    broken("the key holds 7", List.of(1, 2), RegisterOperation.write(1, 7), write, refused);
    undecided(
        "one=operation 0, a write of 8", other, RegisterOperation.write(1, 10), write, refused);
  }

  @Test
  void refusalShowsThatAWriteHappenedButNotWhen() {
    RegisterOperation other = RegisterOperation.write(1, 8);
    RegisterOperation write = RegisterOperation.write(1, 7).during(0, 1).at(1);
    RegisterOperation refused =
        RegisterOperation.compareAndSet(1, 7, 9, REFUSED).during(2, 3).at(4);
    RegisterOperation read = RegisterOperation.read(1, 8).during(4, 5).at(4);
    holds(other, write, refused, read.withVersion(2), read.withVersion(2));
    broken("the key holds 8", List.of(0, 3), other, write, refused, read.withVersion(1));
    broken(
        "the key holds 8",
        List.of(0, 4),
        other,
        write,
        refused,
        read.withVersion(2),
        read.withVersion(3));
    RegisterOperation compare = RegisterOperation.compareAndSet(1, 8, 12, ACCEPTED);
    RegisterOperation next = RegisterOperation.read(1, 12).during(6, 7).at(5);
    holds(other, compare, write, refused, read.withVersion(2), next.withVersion(3));
    broken(
        "the key holds 8",
        List.of(0, 5),
        other,
        compare,
        write,
        refused,
        read.withVersion(2),
        next.withVersion(2));
  }

  @Test
  void answersAtOneMomentAreConcurrent() {
    RegisterOperation write = RegisterOperation.write(1, 7).at(1);
    RegisterOperation early = RegisterOperation.read(1, ABSENT).at(0).withVersion(0);
    holds(write.during(0, 2), early.during(2, 3));
    broken("Let A = operation 0", List.of(0, 1), write.during(0, 2), early.during(3, 4));
  }

  private static void holds(RegisterOperation... operations) {
    assertEquals(new Verdict.Holds(), judge(operations));
  }

  private static void undecided(String words, RegisterOperation... operations) {
    Verdict.Undecided undecided = assertInstanceOf(Verdict.Undecided.class, judge(operations));
    assertTrue(undecided.reason().contains(words), undecided.reason());
  }

  private static void broken(String words, List<Integer> places, RegisterOperation... operations) {
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, judge(operations));
    assertTrue(broken.proof().contains(words), broken.proof());
    assertEquals(places, broken.operations());
  }

  private static Verdict judge(RegisterOperation... operations) {
    return ServerOrder.judge(RegisterHistories.of(List.of(operations)));
  }
}
