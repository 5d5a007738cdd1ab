package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// Copies of snapshots keep to a rate, and a pause between them buys no burst.
final class SnapshotPaceTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long BYTES = SnapshotPace.BYTES_PER_SECOND_MAX;

  private final AtomicLong now = new AtomicLong(7 * SECOND);
  private final AtomicLong waited = new AtomicLong();
  private final SnapshotPace pace =
      new SnapshotPace(
          now::get,
          nanos -> {
            waited.addAndGet(nanos);
            now.addAndGet(nanos);
          });

  @Test
  void copiesOfASecondsBytesWithoutWorkTakeTheSecond() {
    for (int i = 0; i < 8; i++) {
      pace.copied(BYTES / 8);
    }
    assertEquals(SECOND, waited.get());
  }

  @Test
  void aSlowDiskIsNotSlowedFurther() {
    for (int i = 0; i < 10; i++) {
      now.addAndGet(SECOND / 5);
      pace.copied(BYTES / 10);
    }
    assertEquals(0, waited.get());
  }

  @Test
  void aPauseIsNotSavedUpForABurst() {
    now.addAndGet(100 * SECOND);
    pace.copied(BYTES);
    assertEquals(0, waited.get(), "the copy itself may have taken that long");
    pace.copied(BYTES);
    assertEquals(SECOND, waited.get());
  }
}
