package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.ABSENT;
import static io.vxmeta.chaos.check.linear.RegisterOperation.ACCEPTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.linear.RegisterHistories.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Zones decide as the search does, and decide nearly always.
class ZonesTest {
  private static final int HISTORIES = Integer.getInteger("vx.tiny.histories", 15_000);

  @Test
  void decidedVerdictsAreThoseOfTheSearch() {
    int broken = 0;
    int undecided = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      Random random = new Random(seed);
      Shape shape = new Shape(2 + random.nextInt(10), 1, 0, random.nextInt(6));
      List<RegisterOperation> operations = RegisterHistories.honest(random, shape);
      for (int faults = random.nextInt(3); faults > 0; faults--) {
        operations = RegisterHistories.falsified(random, operations);
      }
      RegisterHistory history = RegisterHistories.of(operations);
      Verdict verdict = Zones.judge(history);
      Verdict searched = OrderSearch.judge(history, 100_000);
      if (verdict instanceof Verdict.Undecided) {
        undecided++;
        continue;
      }
      assertEquals(
          searched.getClass(), verdict.getClass(), () -> operations(history) + searched + verdict);
      broken += verdict instanceof Verdict.Broken ? 1 : 0;
    }
    assertTrue(broken > HISTORIES / 5, "broken=" + broken);
    assertTrue(undecided < HISTORIES / 5, "undecided=" + undecided);
  }

  private static String operations(RegisterHistory history) {
    StringBuilder words = new StringBuilder();
    for (int place = 0; place < history.size(); place++) {
      words.append(history.words(place)).append('\n');
    }
    return words.toString();
  }

  @Test
  void valueThatNobodyWroteIsNamed() {
    Verdict verdict =
        Zones.judge(RegisterHistories.of(List.of(RegisterOperation.read(0, 9).during(0, 1))));
    assertTrue(assertInstanceOf(Verdict.Broken.class, verdict).proof().contains("nobody wrote"));
  }

  @Test
  void valueWrittenTwiceIsUndecided() {
    RegisterOperation write = RegisterOperation.write(0, 9).during(0, 1);
    assertInstanceOf(
        Verdict.Undecided.class, Zones.judge(RegisterHistories.of(List.of(write, write))));
  }

  @Test
  void historyWithoutOperationsIsUndecided() {
    assertInstanceOf(Verdict.Undecided.class, Zones.judge(new RegisterHistory()));
  }

  @Test
  void writeOfNothingIsUndecided() {
    assertInstanceOf(Verdict.Undecided.class, judge(RegisterOperation.write(0, ABSENT)));
  }

  @Test
  void everyKeyIsJudged() {
    broken(
        "operation 1, a read of 9 (key=1 invoked=2 finished=3) answers with a value that nobody wrote.",
        List.of(1),
        RegisterOperation.read(0, ABSENT).during(0, 1),
        RegisterOperation.read(1, 9).during(2, 3));
  }

  @Test
  void valueIsReplacedByOneCompareOnly() {
    RegisterOperation first = RegisterOperation.compareAndSet(0, ABSENT, 1, ACCEPTED).during(0, 9);
    RegisterOperation second = RegisterOperation.compareAndSet(0, ABSENT, 2, ACCEPTED).during(0, 9);
    assertEquals(new Verdict.Holds(), judge(first));
    broken("replaced one value that was written once", List.of(0, 1), first, second);
  }

  @Test
  void comparesThatReplaceEachOtherAreACircle() {
    broken(
        "in a circle",
        List.of(0, 1),
        RegisterOperation.compareAndSet(0, 2, 1, ACCEPTED).during(0, 9),
        RegisterOperation.compareAndSet(0, 1, 2, ACCEPTED).during(0, 9),
        RegisterOperation.compareAndSet(0, ABSENT, 3, ACCEPTED).during(0, 9));
  }

  @Test
  void valueIsNotReadBeforeItsWriteBegins() {
    RegisterOperation read = RegisterOperation.read(0, 1).during(0, 2);
    assertEquals(new Verdict.Holds(), judge(read, RegisterOperation.write(0, 1).during(2, 3)));
    broken(
        "Let A = operation 0, a read of 1 (key=0 invoked=0 finished=2) and B = operation 1, a write of 1",
        List.of(0, 1),
        read,
        RegisterOperation.write(0, 1).during(3, 4));
  }

  @Test
  void valuesThatMustPrecedeEachOtherAreNamed() {
    broken(
        "Let X = the value of operation 0, a write of 1 (key=0 invoked=0 finished=1) and Y = the value of operation"
            + " 1, a write of 2 (key=0 invoked=2 finished=3). X < Y because an operation on X finished at 1, before"
            + " one on Y began at 6; Y < X because one on Y finished at 3, before one on X began at 4",
        List.of(0, 1, 2, 3),
        RegisterOperation.write(0, 1).during(0, 1),
        RegisterOperation.write(0, 2).during(2, 3),
        RegisterOperation.read(0, 1).during(4, 5),
        RegisterOperation.read(0, 2).during(6, 7));
    broken(
        "Let X = the initial state and Y = the value of operation 0, a write of 1",
        List.of(0, 1),
        RegisterOperation.write(0, 1).during(0, 1),
        RegisterOperation.read(0, ABSENT).during(2, 3));
  }

  @Test
  void valuesAreComparedInTheOrderOfTheirTimes() {
    broken(
        "a contradiction",
        List.of(0, 1, 2, 3),
        RegisterOperation.write(0, 1).during(0, 1),
        RegisterOperation.write(0, 3).during(2, 3),
        RegisterOperation.read(0, 1).during(4, 5),
        RegisterOperation.read(0, 3).during(6, 7),
        RegisterOperation.write(0, 2).during(8, 9),
        RegisterOperation.read(0, 2).during(10, 11));
  }

  @Test
  void valueWithinAnotherIsNamed() {
    RegisterOperation outer = RegisterOperation.write(0, 1).during(0, 1);
    RegisterOperation last = RegisterOperation.read(0, 1).during(5, 6);
    broken(
        "a contradiction",
        List.of(0, 1, 2),
        outer,
        RegisterOperation.write(0, 2).during(2, 4),
        last);
    assertEquals(
        new Verdict.Holds(), judge(outer, RegisterOperation.write(0, 2).during(2, 5), last));
    assertEquals(
        new Verdict.Holds(), judge(outer, RegisterOperation.write(0, 2).during(1, 4), last));
  }

  @Test
  void readsAtOneMomentAreConcurrent() {
    RegisterOperation first = RegisterOperation.write(0, 1).during(0, 1);
    RegisterOperation second = RegisterOperation.write(0, 2).during(2, 3);
    assertEquals(
        new Verdict.Holds(), judge(first, second, RegisterOperation.read(0, 1).during(3, 5)));
  }

  private static Verdict judge(RegisterOperation... operations) {
    return Zones.judge(RegisterHistories.of(List.of(operations)));
  }

  private static void broken(String words, List<Integer> places, RegisterOperation... operations) {
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, judge(operations));
    assertTrue(broken.proof().contains(words), broken.proof());
    assertEquals(places, broken.operations());
  }
}
