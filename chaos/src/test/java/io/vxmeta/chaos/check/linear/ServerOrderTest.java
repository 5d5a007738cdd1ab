package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.ABSENT;
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
  private static final int HISTORIES = 10_000;

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
}
