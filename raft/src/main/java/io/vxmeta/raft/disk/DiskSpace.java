package io.vxmeta.raft.disk;

import io.vxmeta.statemachine.snapshot.NoRoomForSnapshot;
import io.vxmeta.statemachine.snapshot.SnapshotRoom;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches the free space under the data directory, so that writes are refused before the log can
/// fail.
public final class DiskSpace implements SnapshotRoom {
  /* Threads: one calls `look`, a few times a second; any thread asks, and takes room.
   * Why: a Raft log that can not be written stops the node. Below the reserve only what helps is let through: deletes, and
   *   snapshots, which let the log be purged. The reserve is far more than the log takes between two looks.
   * Snapshots, own ones and fetched ones, may take half of the reserve and no more: the other half is the log's alone. One that
   *   is under way counts with all it may still write, though a part of it is written already: two may be refused that
   *   would just have fitted, and are tried again.
   * Recovery: puts are taken again when there is an eighth more than the reserve, so that they do not flicker.
   * A disk that does not answer counts as it did before: its failure shows in the log itself.
   */
  private static final Logger LOG = LoggerFactory.getLogger(DiskSpace.class);
  private static final long MIB = 1L << 20;

  /// The log of each group is allocated in pieces of 1 MiB; this is room for many of them.
  private static final long RESERVE_BYTES_MIN = 64 * MIB;

  private static final long RESERVE_PARTS = 50;

  /// On a small disk the reserve leaves most of it to use.
  private static final long RESERVE_PARTS_SMALL = 4;

  private static final long BACK_PARTS = 8;

  /// What part of the reserve no snapshot takes.
  private static final long LOG_PARTS = 2;

  private final Probe probe;
  private final long reserveBytes;
  private volatile long usableBytes = Long.MAX_VALUE;
  private volatile boolean scarce;
  private long takenBytes;

  public DiskSpace(Probe probe, long reserveBytes) {
    this.probe = probe;
    this.reserveBytes = reserveBytes;
  }

  /// Asks the file system.
  @FunctionalInterface
  public interface Probe {
    long usableBytes() throws IOException;
  }

  /// Of the file system that holds a directory.
  public static Probe of(Path directory) throws IOException {
    FileStore store = Files.getFileStore(directory);
    return store::getUsableSpace;
  }

  /// The larger of 64 MiB and a fiftieth of the disk, but no more than a quarter of it.
  public static long reserveFor(long diskBytes) {
    long usual = Math.max(RESERVE_BYTES_MIN, diskBytes / RESERVE_PARTS);
    return Math.min(usual, diskBytes / RESERVE_PARTS_SMALL);
  }

  /// Takes a new look.
  public void look() {
    OptionalLong probed = probed();
    if (probed.isEmpty()) {
      return;
    }
    long usable = probed.getAsLong();
    boolean now = usable < (scarce ? reserveBytes + reserveBytes / BACK_PARTS : reserveBytes);
    if (now != scarce) {
      scarce = now;
      if (now) {
        LOG.warn(
            "disk is nearly full, refusing writes that need space: usableBytes={} reserveBytes={}; free disk space, or delete records",
            usable,
            reserveBytes);
      } else {
        LOG.info("disk has room again, taking writes: usableBytes={}", usable);
      }
    }
  }

  private OptionalLong probed() {
    try {
      long usable = probe.usableBytes();
      usableBytes = usable;
      return OptionalLong.of(usable);
    } catch (IOException e) {
      LOG.debug("free disk space is unknown", e);
      return OptionalLong.empty();
    }
  }

  /// Looks anew: before the node runs nobody else does.
  @Override
  public synchronized Taken take(long bytes) throws NoRoomForSnapshot {
    long usable = probed().orElse(usableBytes) - takenBytes;
    long kept = reserveBytes / LOG_PARTS;
    if (usable - bytes < kept) {
      throw new NoRoomForSnapshot(bytes, usable, kept);
    }
    takenBytes += bytes;
    return () -> giveBack(bytes);
  }

  private synchronized void giveBack(long bytes) {
    takenBytes -= bytes;
  }

  /// True when only deletes may be written.
  public boolean scarce() {
    return scarce;
  }

  public long usableBytes() {
    return usableBytes;
  }

  public long reserveBytes() {
    return reserveBytes;
  }

  /// True for the failure of a write that found the disk full, or was not begun because it would.
  public static boolean isFull(Throwable problem) {
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof NoRoomForSnapshot) {
        return true;
      }
      if (cause instanceof IOException
          && String.valueOf(cause.getMessage()).contains("No space left on device")) {
        return true;
      }
    }
    return false;
  }
}
