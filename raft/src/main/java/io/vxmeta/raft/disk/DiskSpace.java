package io.vxmeta.raft.disk;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches the free space under the data directory, so that writes are refused before the log can
/// fail.
public final class DiskSpace {
  /* Threads: one calls `look`, a few times a second; any thread asks.
   * Why: a Raft log that can not be written stops the node. Below the reserve only what helps is let through: deletes, and
   *   snapshots, which let the log be purged. The reserve is far more than the log takes between two looks.
   * Recovery: puts are taken again when there is an eighth more than the reserve, so that they do not flicker.
   * A disk that does not answer counts as it did before: its failure shows in the log itself.
   */
  private static final Logger LOG = LoggerFactory.getLogger(DiskSpace.class);
  private static final long MIB = 1L << 20;

  /// The log of each group is allocated in pieces of 4 MiB; this is room for many of them.
  private static final long RESERVE_BYTES_MIN = 64 * MIB;

  private static final long RESERVE_PARTS = 50;

  /// On a small disk the reserve leaves most of it to use.
  private static final long RESERVE_PARTS_SMALL = 4;

  private static final long BACK_PARTS = 8;

  private final Probe probe;
  private final long reserveBytes;
  private volatile long usableBytes = Long.MAX_VALUE;
  private volatile boolean scarce;

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
    long usable;
    try {
      usable = probe.usableBytes();
    } catch (IOException e) {
      LOG.debug("free disk space is unknown", e);
      return;
    }
    usableBytes = usable;
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

  /// True for the failure of a write that found the disk full.
  public static boolean isFull(Throwable problem) {
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException
          && String.valueOf(cause.getMessage()).contains("No space left on device")) {
        return true;
      }
    }
    return false;
  }
}
