package io.vxmeta.chaos.check.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.linear.RegisterHistories.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Zones decide as the search does, and decide nearly always.
class ZonesTest {
  private static final int HISTORIES = 15_000;

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
}
