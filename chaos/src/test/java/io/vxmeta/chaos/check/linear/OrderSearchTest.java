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

/// The search agrees with trying every order.
class OrderSearchTest {
  private static final int HISTORIES = Integer.getInteger("vx.tiny.histories", 12_000);

  @Test
  void agreesWithEveryPermutationOfTinyHistories() {
    int broken = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      Random random = new Random(seed);
      Shape shape = new Shape(1 + random.nextInt(6), 1, random.nextInt(4), random.nextInt(5));
      List<RegisterOperation> operations = RegisterHistories.honest(random, shape);
      for (int faults = random.nextInt(3); faults > 0; faults--) {
        operations = RegisterHistories.falsified(random, operations);
      }
      Verdict verdict = OrderSearch.judge(RegisterHistories.of(operations), 100_000);
      boolean explained = explained(operations, 0, ABSENT);
      assertEquals(explained, verdict instanceof Verdict.Holds, "seed=" + seed + " " + verdict);
      broken += explained ? 0 : 1;
    }
    assertTrue(broken > HISTORIES / 10 && broken < 9 * HISTORIES / 10, "broken=" + broken);
  }

  /// Whether some order of the operations not yet in the mask explains the rest.
  private static boolean explained(List<RegisterOperation> operations, int mask, long value) {
    boolean complete = true;
    for (int i = 0; i < operations.size(); i++) {
      RegisterOperation one = operations.get(i);
      boolean answered = one.finished() != RegisterOperation.NEVER;
      if ((mask & 1 << i) != 0) {
        continue;
      }
      complete &= !answered;
      if (mayComeNext(operations, mask, one) && answerFits(one, value)) {
        if (explained(operations, mask | 1 << i, after(one, value))) {
          return true;
        }
      }
    }
    return complete;
  }

  private static boolean mayComeNext(
      List<RegisterOperation> operations, int mask, RegisterOperation one) {
    for (int i = 0; i < operations.size(); i++) {
      if ((mask & 1 << i) == 0 && operations.get(i).finished() < one.invoked()) {
        return false;
      }
    }
    return true;
  }

  private static boolean answerFits(RegisterOperation one, long value) {
    if (one.finished() == RegisterOperation.NEVER) {
      return true;
    }
    return switch (one.kind()) {
      case WRITE -> true;
      case READ -> one.result() == value;
      case COMPARE_AND_SET -> (one.expected() == value) == (one.result() == ACCEPTED);
    };
  }

  private static long after(RegisterOperation one, long value) {
    return switch (one.kind()) {
      case WRITE -> one.argument();
      case READ -> value;
      case COMPARE_AND_SET -> one.expected() == value ? one.argument() : value;
    };
  }

  @Test
  void longHonestHistoryHolds() {
    List<RegisterOperation> operations =
        RegisterHistories.honest(new Random(5), new Shape(2_000, 3, 0, 50));
    Verdict verdict = OrderSearch.judge(RegisterHistories.of(operations), 200_000);
    assertInstanceOf(Verdict.Holds.class, verdict, verdict.toString());
  }

  @Test
  void exhaustedBudgetIsUndecided() {
    List<RegisterOperation> operations =
        RegisterHistories.honest(new Random(5), new Shape(50, 1, 0, 0));
    assertInstanceOf(
        Verdict.Undecided.class, OrderSearch.judge(RegisterHistories.of(operations), 3));
  }

  @Test
  void budgetThatIsJustUsedUpDecides() {
    RegisterHistory history =
        RegisterHistories.of(
            List.of(
                RegisterOperation.write(1, 7).during(0, 1),
                RegisterOperation.read(1, 7).during(2, 3)));
    assertEquals(new Verdict.Holds(), OrderSearch.judge(history, 2));
    Verdict.Undecided undecided =
        assertInstanceOf(Verdict.Undecided.class, OrderSearch.judge(history, 1));
    assertTrue(undecided.reason().contains("key=1 operations=2 pairs=1"), undecided.reason());
  }

  @Test
  void everyKeyIsJudged() {
    RegisterHistory history =
        RegisterHistories.of(
            List.of(
                RegisterOperation.read(1, ABSENT).during(0, 1),
                RegisterOperation.read(2, 7).during(2, 3)));
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, OrderSearch.judge(history, 100));
    assertEquals(List.of(1), broken.operations());
    assertEquals(
        "No order of key 2 explains every answer. The one that goes farthest does 0 operations, the last of them"
            + " the initial state, and leaves the value at nothing; operation 1, a read of 7 (key=2 invoked=2"
            + " finished=3) was answered by then but can not take effect next, whatever is chosen before it.",
        broken.proof());
  }

  @Test
  void proofTellsTheFirstOfTheLongestOrders() {
    RegisterHistory history =
        RegisterHistories.of(
            List.of(
                RegisterOperation.write(1, 7).during(0, 1),
                RegisterOperation.write(1, 8).during(0, 1),
                RegisterOperation.read(1, 9).during(2, 3)));
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, OrderSearch.judge(history, 100));
    assertEquals(List.of(1, 2), broken.operations());
    assertTrue(
        broken.proof().contains("does 2 operations, the last of them operation 1, a write of 8"),
        broken.proof());
    assertTrue(broken.proof().contains("leaves the value at 8;"), broken.proof());
  }

  @Test
  void emptyHistoryIsUndecided() {
    assertInstanceOf(Verdict.Undecided.class, OrderSearch.judge(new RegisterHistory(), 10));
  }

  @Test
  void proofNamesTheStaleRead() {
    RegisterHistory history =
        RegisterHistories.of(
            List.of(
                RegisterOperation.write(1, 7).during(0, 1),
                RegisterOperation.read(1, ABSENT).during(2, 3)));
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, OrderSearch.judge(history, 100));
    assertEquals(List.of(0, 1), broken.operations());
    assertTrue(broken.proof().contains("operation 1, a read of nothing"), broken.proof());
  }
}
