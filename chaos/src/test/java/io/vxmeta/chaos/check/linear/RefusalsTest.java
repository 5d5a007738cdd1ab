package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.ABSENT;
import static io.vxmeta.chaos.check.linear.RegisterOperation.ACCEPTED;
import static io.vxmeta.chaos.check.linear.RegisterOperation.REFUSED;
import static io.vxmeta.chaos.check.linear.RegisterOperation.write;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// A refused compare of the value 5 beside the times at which that value stood.
class RefusalsTest {
  @Test
  void refusalThatBeginsBeforeTheWriteMayComeBeforeIt() {
    holds(refused(0, 3), write(0, 5).during(1, 2));
    undecided(refused(1, 3), write(0, 5).during(1, 2));
  }

  @Test
  void refusalThatEndsAfterTheReplacementMayComeAfterIt() {
    RegisterOperation write = write(0, 5).during(0, 1);
    RegisterOperation replaced = compare(5, ACCEPTED).during(2, 4);
    holds(write, replaced, refused(3, 5));
    holds(write, replaced, refused(3, 4));
    undecided(write, replaced, refused(3, 3));
  }

  @Test
  void refusalBetweenTheWriteAndTheReplacementIsBroken() {
    RegisterOperation write = write(0, 5).during(0, 1);
    RegisterOperation replaced = compare(5, ACCEPTED).during(4, 6);
    broken(
        "it was set by operation 0, a write of 5", List.of(0, 1), write, refused(2, 3), replaced);
    undecided(write, refused(2, 4), replaced);
    undecided(write, refused(1, 3), replaced);
  }

  @Test
  void refusalBetweenTheWriteAndItsReadIsBroken() {
    RegisterOperation write = write(0, 5).during(0, 1);
    RegisterOperation read = RegisterOperation.read(0, 5).during(5, 6);
    RegisterOperation other = write(0, 6).during(3, 9);
    broken("nothing can have replaced it", List.of(0, 1), write, refused(2, 4), other, read);
    undecided(write, refused(2, 5), other, read);
  }

  @Test
  void refusalThatEndsAfterTheNextValueWasThereMayComeAfterIt() {
    RegisterOperation write = write(0, 5).during(0, 1);
    RegisterOperation next = write(0, 6).during(2, 3);
    holds(write, next, refused(2, 4));
    holds(write, next, refused(2, 3));
    undecided(write, next, refused(2, 2));
  }

  @Test
  void refusalBeforeAnythingElseBeginsIsBroken() {
    RegisterOperation write = write(0, 5).during(0, 1);
    broken("although", List.of(0, 1), write, refused(2, 3), write(0, 6).during(4, 5));
    broken("although", List.of(0, 1), write, refused(2, 3));
  }

  @Test
  void refusalOfNothingIsBrokenAsLongAsNobodyWrites() {
    RegisterOperation refused = compare(ABSENT, REFUSED).during(0, 1);
    broken("it was set from the beginning", List.of(0), refused);
    broken("although", List.of(0), refused, write(0, 7).during(2, RegisterOperation.NEVER));
    undecided(refused, write(0, 7).during(1, RegisterOperation.NEVER));
  }

  @Test
  void valuesThatCameBeforeDoNotExcuse() {
    RegisterOperation write = write(0, 5).during(2, 3);
    broken("although", List.of(1, 2), write(0, 6).during(0, 1), write, refused(4, 5));
    undecided(write(0, 6).during(0, 2), write, refused(4, 5));
  }

  @Test
  void laterValuesAreComparedByTheirTimes() {
    RegisterOperation[] writes = {
      write(0, 5).during(0, 1), write(0, 2).during(2, 9), write(0, 1).during(4, 5)
    };
    holds(writes[0], writes[1], refused(3, 6), writes[2]);
    undecided(writes[0], writes[1], refused(2, 4), writes[2]);
  }

  @Test
  void valueThatNeverStoodIsRefused() {
    holds(refused(0, 1), write(0, 6).during(2, 3));
    holds(write(0, 5).during(2, RegisterOperation.NEVER), refused(3, 4));
  }

  private static RegisterOperation compare(long expected, long answer) {
    return RegisterOperation.compareAndSet(0, expected, 100 + answer, answer);
  }

  private static RegisterOperation refused(long from, long to) {
    return compare(5, REFUSED).during(from, to);
  }

  private static void holds(RegisterOperation... operations) {
    assertEquals(new Verdict.Holds(), judge(operations));
  }

  private static void undecided(RegisterOperation... operations) {
    assertInstanceOf(Verdict.Undecided.class, judge(operations));
  }

  private static void broken(String words, List<Integer> places, RegisterOperation... operations) {
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, judge(operations));
    assertTrue(broken.proof().contains(words), broken.proof());
    assertEquals(places, broken.operations());
  }

  private static Verdict judge(RegisterOperation... operations) {
    return Zones.judge(RegisterHistories.of(List.of(operations)));
  }
}
