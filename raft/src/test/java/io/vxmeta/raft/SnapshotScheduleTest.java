package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.raft.ratis.AppliedEntries;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.NodeId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A replica takes a snapshot by itself when enough was applied or the last one is old.
final class SnapshotScheduleTest {
  private static final NodeConfig.Snapshots LIMITS =
      new NodeConfig.Snapshots(1L << 20, Duration.ofSeconds(60));

  private final ScriptedReplica replica = new ScriptedReplica(new NodeId("a"));
  private final long begun = System.nanoTime();
  private int failures;
  private final SnapshotSchedule schedule =
      new SnapshotSchedule(replica, LIMITS, () -> failures++, begun);

  private void checkAfter(Duration time) {
    schedule.check(begun + time.toNanos());
  }

  @Test
  void bytesOfTheLogAreASnapshotsDueWhateverItsAge() {
    replica.bytesSinceSnapshot = LIMITS.logBytes() - 1;
    checkAfter(Duration.ofSeconds(1));
    assertEquals(0, replica.snapshots);
    replica.bytesSinceSnapshot = LIMITS.logBytes();
    checkAfter(Duration.ofSeconds(2));
    assertEquals(1, replica.snapshots);
    checkAfter(Duration.ofSeconds(3));
    assertEquals(1, replica.snapshots);
  }

  @Test
  void anOldSnapshotIsReplacedOnlyIfSomethingWasApplied() {
    checkAfter(Duration.ofSeconds(61));
    assertEquals(0, replica.snapshots);
    AppliedEntries.upTo(replica, 5);
    checkAfter(Duration.ofSeconds(59));
    assertEquals(0, replica.snapshots);
    checkAfter(Duration.ofSeconds(61));
    assertEquals(1, replica.snapshots);
  }

  @Test
  void everySnapshotThatFailsIsCountedAndNoOther() {
    AppliedEntries.upTo(replica, SnapshotSchedule.ENTRIES_MAX);
    replica.snapshotsFail = true;
    checkAfter(Duration.ofSeconds(1));
    assertEquals(1, failures);
    replica.snapshotsFail = false;
    schedule.check(System.nanoTime() + 2 * SnapshotSchedule.RETRY_NANOS);
    assertEquals(2, replica.snapshots);
    assertEquals(1, failures);
  }

  @Test
  void manyEntriesAreASnapshotsDueHoweverSmall() {
    AppliedEntries.upTo(replica, SnapshotSchedule.ENTRIES_MAX);
    checkAfter(Duration.ofSeconds(1));
    assertEquals(1, replica.snapshots);
  }
}
