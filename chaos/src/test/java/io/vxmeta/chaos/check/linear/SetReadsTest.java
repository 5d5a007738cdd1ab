package io.vxmeta.chaos.check.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.linear.SetReads.Added;
import io.vxmeta.chaos.check.linear.SetReads.Read;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a growing set may answer.
class SetReadsTest {
  private static final List<Added> ADDED =
      List.of(new Added(1, 0, 1), new Added(2, 2, 3), new Added(3, 4, RegisterOperation.NEVER));

  @Test
  void acknowledgedElementsInEveryLaterReadHold() {
    assertHolds(List.of(read(2, 3, 1), read(10, 11, 1, 2), read(12, 13, 2, 1, 3)));
  }

  @Test
  void unansweredElementMayBeMissing() {
    assertHolds(List.of(read(10, 11, 1, 2)));
  }

  @Test
  void concurrentReadMayMissAnElement() {
    assertHolds(List.of(read(1, 5), read(3, 6, 1)));
  }

  @Test
  void acknowledgedElementThatNeverAppearsIsLost() {
    assertBroken("lost: element 1 ", 0, List.of(read(10, 11, 2)));
  }

  @Test
  void elementThatAppearsOnlyLaterMakesAReadStale() {
    assertBroken("stale: element 2 ", 0, List.of(read(10, 11, 1), read(12, 13, 1, 2)));
  }

  @Test
  void elementThatWasReadMustStay() {
    assertBroken("lost: element 3 ", 1, List.of(read(10, 11, 1, 2, 3), read(12, 13, 1, 2)));
  }

  @Test
  void proofRestsOnTheReadAndOnWhatShowedTheElementBefore() {
    assertEquals(List.of(1L, 10L, 11L), events(List.of(read(10, 11, 2))));
    assertEquals(
        List.of(11L, 12L, 13L), events(List.of(read(10, 11, 1, 2, 3), read(12, 13, 1, 2))));
    assertEquals(List.of(10L, 11L), events(List.of(read(10, 11, 1, 2, 1))));
  }

  private static List<Long> events(List<Read> reads) {
    return assertInstanceOf(Verdict.Broken.class, SetReads.judge(ADDED, reads)).events();
  }

  @Test
  void elementReturnedTwiceIsDuplicate() {
    assertBroken("duplicate: ", 0, List.of(read(10, 11, 1, 2, 1)));
  }

  @Test
  void elementThatNobodyAddedIsUnexpected() {
    assertBroken("unexpected: ", 0, List.of(read(10, 11, 1, 2, 9)));
  }

  @Test
  void elementReadBeforeItWasAddedIsUnexpected() {
    assertBroken("unexpected: ", 0, List.of(read(0, 1, 2)));
  }

  @Test
  void readThatBeginsAsTheProofEndsMayMissTheElement() {
    assertHolds(List.of(read(1, 2), read(10, 11, 1, 2)));
    assertBroken("stale: element 1 ", 0, List.of(read(2, 3), read(10, 11, 1, 2)));
  }

  @Test
  void elementReadAsItsAddingBeginsIsExpected() {
    assertHolds(List.of(read(1, 2, 1, 2), read(10, 11, 1, 2)));
  }

  @Test
  void lastReadIsTheOneThatBeganLast() {
    assertBroken("lost: element 1 ", 1, List.of(read(10, 13, 1, 2), read(11, 12, 2)));
    assertBroken("stale: element 1 ", 0, List.of(read(11, 12, 2), read(11, 12, 1, 2)));
  }

  @Test
  void elementThatIsAddedTwiceIsUndecided() {
    assertInstanceOf(
        Verdict.Undecided.class,
        SetReads.judge(List.of(new Added(1, 0, 1), new Added(1, 2, 3)), List.of(read(4, 5, 1))));
  }

  @Test
  void longProofIsCutAndSaysByHowMuch() {
    Integer[] twice = new Integer[SetReads.NAMED_MAX + 2];
    Arrays.fill(twice, 1);
    assertEquals("; and 1 more", tail(read(2, 2, twice)));
    assertEquals("", tail(read(2, 2, Arrays.copyOf(twice, twice.length - 1))));
  }

  /// What follows the last finding that is named.
  private static String tail(Read read) {
    Verdict verdict = SetReads.judge(List.of(new Added(1, 0, 1)), List.of(read));
    String proof = assertInstanceOf(Verdict.Broken.class, verdict).proof();
    return proof.substring(proof.lastIndexOf("twice") + "twice".length());
  }

  @Test
  void intervalThatEndsBeforeItBeginsIsRejected() {
    assertThrows(IllegalArgumentException.class, () -> new Added(1, 2, 1));
    assertThrows(IllegalArgumentException.class, () -> read(2, 1));
    assertEquals(2, new Added(1, 2, 2).finished());
  }

  @Test
  void setWithoutReadsIsUndecided() {
    assertInstanceOf(Verdict.Undecided.class, SetReads.judge(ADDED, List.of()));
  }

  private static Read read(long invoked, long finished, Integer... elements) {
    return new Read(List.of(elements).stream().map(Integer::longValue).toList(), invoked, finished);
  }

  private static void assertHolds(List<Read> reads) {
    assertEquals(new Verdict.Holds(), SetReads.judge(ADDED, reads));
  }

  private static void assertBroken(String word, int place, List<Read> reads) {
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, SetReads.judge(ADDED, reads));
    assertTrue(broken.proof().startsWith(word), broken.proof());
    assertEquals(List.of(place), broken.operations());
  }
}
