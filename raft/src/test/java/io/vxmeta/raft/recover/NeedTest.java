package io.vxmeta.raft.recover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.ratis.LogState;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// What a group may start on, and what it must fetch.
final class NeedTest {
  private static final long NONE = -1;

  private static Need whole(long first, long last, long valid, long damaged) {
    return Need.of(new LogState.Whole(first, last), valid, damaged);
  }

  @Test
  void aNewGroupAndAWholeLogNeedNoSnapshot() {
    assertEquals(new Need.Nothing(), Need.of(new LogState.Empty(0), NONE, NONE));
    assertEquals(new Need.Nothing(), whole(0, 90, NONE, NONE));
    assertEquals(new Need.Nothing(), whole(0, 90, NONE, 80));
  }

  @Test
  void anOlderSnapshotIsEnoughWhereTheLogGoesOnFromIt() {
    assertEquals(new Need.Nothing(), whole(51, 90, 50, 80));
    assertEquals(new Need.Nothing(), whole(30, 90, 50, 80));
  }

  @Test
  void aLogThatBeginsBehindEverySoundSnapshotNeedsOneThatReachesIt() {
    assertEquals(new Need.Snapshot(50), whole(51, 90, NONE, 80));
    assertEquals(new Need.Snapshot(50), whole(51, 90, NONE, NONE));
    assertEquals(new Need.Snapshot(50), whole(51, 90, 49, 80));
  }

  @Test
  void whatOnlyADamagedSnapshotHeldMustBeCoveredByTheFetchedOne() {
    assertEquals(new Need.Snapshot(120), whole(51, 90, 50, 120));
    assertEquals(new Need.Snapshot(120), Need.of(new LogState.Empty(0), 50, 120));
    assertEquals(new Need.Snapshot(120), Need.of(new LogState.Empty(121), NONE, 120));
  }

  @Test
  void aSnapshotThatCoversTheWholeLogIsEnough() {
    assertEquals(new Need.Nothing(), whole(51, 90, 120, NONE));
    assertEquals(new Need.Nothing(), Need.of(new LogState.Empty(0), 120, NONE));
    assertEquals(new Need.Nothing(), Need.of(new LogState.Empty(0), 120, 110));
  }

  @Test
  void aLogThatASnapshotCoversAndPassesIsOfNoUse() {
    assertTrue(Recovery.endsBefore(new LogState.Whole(51, 90), 91));
    assertFalse(Recovery.endsBefore(new LogState.Whole(51, 90), 90));
    assertTrue(Recovery.endsBefore(new LogState.Empty(0), 0));
    assertFalse(Recovery.endsBefore(new LogState.Empty(91), 90));
    assertFalse(Recovery.endsBefore(new LogState.Damaged("a bit"), 90));
  }

  @Test
  void aLogThatEndsWithItsSnapshotIsOfNoUseIfItsLastEntryIsAnother() {
    LogState log = new LogState.Whole(51, 90);
    assertTrue(Recovery.endsOtherwise(log, OptionalLong.of(3), 90, 4));
    assertFalse(Recovery.endsOtherwise(log, OptionalLong.of(4), 90, 4));
    assertFalse(Recovery.endsOtherwise(log, OptionalLong.of(3), 89, 4));
    assertFalse(Recovery.endsOtherwise(new LogState.Empty(91), OptionalLong.empty(), 90, 4));
  }

  @Test
  void aDamagedLogNeedsAllThatMayHaveBeenAcknowledgedWhateverSnapshotsAreThere() {
    assertInstanceOf(Need.Everything.class, Need.of(new LogState.Damaged("a bit"), 500, NONE));
  }
}
