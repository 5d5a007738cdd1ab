package io.vxmeta.raft.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.snapshot.NoRoomForSnapshot;
import io.vxmeta.statemachine.snapshot.SnapshotRoom;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// Writes stop before the disk is full and go on when it has room.
final class DiskSpaceTest {
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  private final AtomicLong usable = new AtomicLong();

  @Test
  void writesAreRefusedBelowTheReserveAndTakenAgainWithSomeMore() {
    DiskSpace space = new DiskSpace(usable::get, 800);
    for (long[] step :
        new long[][] {{10_000, 0}, {800, 0}, {799, 1}, {899, 1}, {900, 0}, {801, 0}}) {
      usable.set(step[0]);
      space.look();
      assertEquals(step[1] == 1, space.scarce(), () -> "usable " + step[0]);
    }
  }

  @Test
  void aDiskThatDoesNotAnswerCountsAsBefore() {
    AtomicLong looks = new AtomicLong();
    DiskSpace space =
        new DiskSpace(
            () -> {
              if (looks.incrementAndGet() > 1) {
                throw new IOException("gone");
              }
              return 1;
            },
            800);
    space.look();
    space.look();
    assertTrue(space.scarce());
    assertEquals(2, looks.get());
  }

  @Test
  void snapshotsMayTakeHalfOfTheReserveAndNoneCountsOnWhatAnotherTakes() throws IOException {
    DiskSpace space = new DiskSpace(usable::get, 800);
    usable.set(600);
    SnapshotRoom.Taken first = space.take(150);
    NoRoomForSnapshot refused = assertThrows(NoRoomForSnapshot.class, () -> space.take(51));
    assertEquals(51, refused.bytes());
    assertTrue(DiskSpace.isFull(new CompletionException(refused)));
    SnapshotRoom.Taken second = space.take(50);
    assertThrows(NoRoomForSnapshot.class, () -> space.take(1));
    first.close();
    second.close();
    space.take(200).close();
    usable.set(599);
    assertThrows(NoRoomForSnapshot.class, () -> space.take(200), "it looks anew");
  }

  @Test
  void theReserveFitsTheDisk() {
    assertEquals(64 * MIB, DiskSpace.reserveFor(2 * GIB));
    assertEquals(20 * GIB, DiskSpace.reserveFor(1_000 * GIB));
    assertEquals(16 * MIB, DiskSpace.reserveFor(64 * MIB));
  }

  @Test
  void onlyAFullDiskIsTakenForOne() {
    assertTrue(
        DiskSpace.isFull(
            new IllegalStateException(
                new FileSystemException("a", null, "No space left on device"))));
    assertFalse(DiskSpace.isFull(new IOException("Input/output error")));
  }
}
