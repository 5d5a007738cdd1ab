package io.vxmeta.raft.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
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
