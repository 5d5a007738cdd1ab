package io.vxmeta.chaos.check.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What may be answered of records that expire: key 1 lives for 100 ms from log time 1,000 on, as
/// version 10; key 2 stays, as version 11; key 3 lives long and tells the log's time.
class LifetimesTest {
  private static final int GROUP = 1;
  private static final long LONG_MS = 1_000_000;

  private final Lifetimes lives = new Lifetimes();
  private long position = 10;

  @BeforeEach
  void writeTheRecords() {
    wrote(1, 1, 100, 10);
    wrote(2, 1, Lifetimes.FOREVER, 11);
  }

  @Test
  void recordsMayBeSeenUntilTheyGo() {
    present(1, 10, 1, 10, 1_100);
    present(2, 11, 1, 11, 0);
    logTime(20, 1_050);
    logTime(30, 1_100);
    absent(1, 31);
    logTime(40, 1_200);
    present(2, 41, 1, 11, 0);
    assertHolds();
  }

  @Test
  void recordThatGoesAtItsVeryTimeHolds() {
    present(1, 10, 1, 10, 1_100);
    absent(1, 20);
    logTime(20, 1_100);
    assertHolds();
  }

  @Test
  void recordGoneBeforeItsTimeIsConvicted() {
    present(1, 10, 1, 10, 1_100);
    absent(1, 20);
    logTime(21, 1_099);
    assertBroken("gone too early: version 10 ends at 1100 ");
  }

  /// Each log has a time of its own, and the record may have gone by the other one's.
  @Test
  void recordThatWasInTwoGroupsIsNotHeldToTheTimeOfOne() {
    present(1, 10, 1, 10, 1_100);
    read(1, GROUP + 1, 20, Optional.empty());
    logTime(21, 1_099);
    assertHolds();
    read(2, GROUP + 1, 21, Optional.empty());
    assertBroken("lost: version 11 has no end");
  }

  @Test
  void endOfARecordNobodySawIsToldByTheTimeBeforeIt() {
    logTime(9, 990);
    absent(1, 20);
    logTime(21, 1_089);
    assertBroken("gone too early: version 10 ends at 1090 or later");
  }

  @Test
  void endOfARecordNobodySawMayBeAsEarlyAsTheTimeBeforeIt() {
    logTime(9, 990);
    absent(1, 20);
    logTime(21, 1_090);
    assertHolds();
  }

  @Test
  void timeOfAnotherGroupProvesNothing() {
    present(1, 10, 1, 10, 1_100);
    absent(1, 20);
    wrote(3, 21, LONG_MS, 21);
    read(3, GROUP + 1, 21, Optional.of(new Lifetimes.Found(21, 21, 1_050 + LONG_MS)));
    assertHolds();
  }

  @Test
  void renewedRecordThatGoesAtItsOldTimeIsConvicted() {
    present(1, 10, 1, 10, 1_100);
    wrote(1, 2, 100, 15);
    present(1, 15, 2, 15, 1_150);
    absent(1, 20);
    logTime(21, 1_120);
    assertBroken("gone too early: version 15 ");
  }

  @Test
  void recordWithoutAnEndThatIsGoneIsLost() {
    absent(2, 20);
    assertBroken("lost: version 11 has no end");
    assertEquals(1, lives.lost());
  }

  @Test
  void recordThatComesBackIsConvicted() {
    logTime(9, 1_000);
    absent(1, 20);
    present(1, 25, 1, 10, 1_100);
    assertBroken("gone and back: it was absent at revision 20");
  }

  @Test
  void absenceBeforeTheWriteIsNoReturn() {
    absent(1, 9);
    present(1, 10, 1, 10, 1_100);
    assertHolds();
  }

  @Test
  void absenceAfterTheAnswersRevisionIsNoReturn() {
    absent(1, 20);
    present(1, 19, 1, 10, 1_100);
    assertHolds();
  }

  @Test
  void overwrittenRecordThatComesBackIsConvicted() {
    wrote(1, 2, 100, 15);
    present(1, 16, 1, 10, 1_100);
    assertBroken("overwritten and back: version 15 replaced it");
  }

  @Test
  void readThatMissesAnAcknowledgedWriteIsStale() {
    absent(1, 9);
    assertHolds();
    position = 100;
    absent(1, 9);
    assertBroken("stale: version 10 was acknowledged at 3, ");
  }

  @Test
  void replicasThatDifferAboutAnEndAreConvicted() {
    present(1, 10, 1, 10, 1_100);
    present(1, 10, 1, 10, 1_101);
    assertBroken("another end: ");
  }

  @Test
  void endOfARecordThatStaysIsConvicted() {
    present(2, 11, 1, 11, 1_100);
    assertBroken("another end: ");
  }

  @Test
  void missingEndIsConvicted() {
    present(1, 10, 1, 10, 0);
    assertBroken("another end: ");
  }

  @Test
  void otherVersionThanTheAcknowledgedOneIsConvicted() {
    present(1, 12, 1, 12, 1_100);
    assertBroken("two versions of one write: ");
  }

  @Test
  void versionAfterTheRevisionIsConvicted() {
    present(2, 10, 1, 11, 0);
    assertBroken("a version after the answer's revision");
  }

  @Test
  void valueThatNobodyWroteIsConvicted() {
    present(1, 10, 7, 10, 1_100);
    assertBroken("made up: ");
  }

  @Test
  void refusedValueIsConvicted() {
    lives.attempted(1, 5, 100, 4);
    lives.failed(1, 5);
    present(1, 20, 5, 20, 1_100);
    assertBroken("made up: ");
  }

  @Test
  void logTimeThatRunsBackIsConvicted() {
    logTime(20, 1_050);
    logTime(21, 1_049);
    assertBroken("the log's time ran back: group=1 from 1050 to 1049 at revision 21");
  }

  @Test
  void keyWithAWriteInDoubtMayLackWhatWasThere() {
    lives.attempted(2, 2, 100, 4);
    absent(2, 20);
    assertHolds();
  }

  @Test
  void logTimeMayStandStill() {
    logTime(20, 1_050);
    logTime(21, 1_050);
    assertHolds();
  }

  @Test
  void boundsOfRevisionsAreInclusive() {
    position = 100;
    present(1, 10, 1, 10, 1_100);
    assertHolds();
    absent(2, 11);
    assertBroken("lost: version 11 has no end");
  }

  @Test
  void recordAbsentAndThereAtOneRevisionIsConvicted() {
    logTime(9, 1_000);
    absent(1, 20);
    present(1, 20, 1, 10, 1_100);
    assertBroken("gone and back: it was absent at revision 20");
  }

  @Test
  void readThatBeginsAsTheWriteIsAcknowledgedMayMissIt() {
    lives.read(new Lifetimes.Read(1, GROUP, 9, 3, 4, Optional.empty()));
    assertHolds();
    lives.read(new Lifetimes.Read(1, GROUP, 9, 4, 5, Optional.empty()));
    assertBroken("stale: version 10 was acknowledged at 3, ");
  }

  @Test
  void valueReadBeforeItsWriteWasCalledIsMadeUp() {
    lives.attempted(5, 1, Lifetimes.FOREVER, 3);
    read(5, GROUP, 12, Optional.of(new Lifetimes.Found(1, 12, 0)));
    assertHolds();
    lives.attempted(6, 1, Lifetimes.FOREVER, 4);
    read(6, GROUP, 13, Optional.of(new Lifetimes.Found(1, 13, 0)));
    assertBroken("made up: ");
  }

  @Test
  void firstFindingIsToldWithItsReadAndItsEvents() {
    absent(2, 20);
    present(1, 10, 7, 10, 1_100);
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, lives.judge());
    assertEquals(
        "made up: nobody wrote what the read of key 1 at 2 answered Found[value=7, version=10,"
            + " expiresAtMs=1100] at revision 10 of group 1; 2 findings in all",
        broken.proof());
    assertEquals(List.of(2L, 3L), broken.events());
  }

  @Test
  void lostRecordIsToldWithItsAcknowledgement() {
    absent(2, 20);
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, lives.judge());
    assertTrue(
        broken.proof().contains("answered absent at revision 20 of group 1"), broken.proof());
    assertEquals(List.of(2L, 3L, 50L), broken.events());
  }

  @Test
  void nothingReadIsUndecided() {
    assertInstanceOf(Verdict.Undecided.class, lives.judge());
  }

  @Test
  void acknowledgementWithoutAnAttemptIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> lives.acknowledged(1, 9, GROUP, 9, 9));
  }

  private void wrote(long key, long value, long ttlMs, long version) {
    lives.attempted(key, value, ttlMs, 2);
    lives.acknowledged(key, value, GROUP, version, key == 1 && value == 1 ? 3 : 50);
  }

  private void logTime(long version, long ms) {
    wrote(3, version, LONG_MS, version);
    present(3, version, version, version, ms + LONG_MS);
  }

  private void present(long key, long revision, long value, long version, long expiresAtMs) {
    read(key, GROUP, revision, Optional.of(new Lifetimes.Found(value, version, expiresAtMs)));
  }

  private void absent(long key, long revision) {
    read(key, GROUP, revision, Optional.empty());
  }

  /// Begins before the acknowledgements unless the position was moved.
  private void read(long key, int group, long revision, Optional<Lifetimes.Found> found) {
    long invoked = position < 100 ? 2 : position;
    lives.read(new Lifetimes.Read(key, group, revision, invoked, invoked + 1, found));
  }

  private void assertHolds() {
    assertEquals(new Verdict.Holds(), lives.judge());
  }

  private void assertBroken(String proof) {
    Verdict verdict = lives.judge();
    assertTrue(
        verdict instanceof Verdict.Broken broken && broken.proof().startsWith(proof),
        () -> proof + " expected: " + verdict);
  }
}
