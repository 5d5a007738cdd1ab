package io.vxmeta.client.cli.doctor;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// Looks at the disk below a directory: how long it takes to sync, and what is free on it.
public final class DiskChecks {

  /// A write waits for a sync on a majority; up to here nobody notices.
  private static final Duration SYNC_GOOD = Duration.ofMillis(10);

  /// From here on elections and time-outs come into reach.
  private static final Duration SYNC_MAX = Duration.ofMillis(100);

  private static final long FREE_BYTES_MIN = 1L << 30;
  private static final double FREE_PART_GOOD = 0.1;
  private static final double GIB = 1L << 30;

  private DiskChecks() {}

  public static List<Finding> all(Path directory, DiskProbe probe, int rounds) {
    try {
      FileStore store = Files.getFileStore(directory);
      return List.of(
          sync(probe.measure(directory, rounds)),
          space(store.getUsableSpace(), store.getTotalSpace()));
    } catch (IOException refused) {
      return List.of(
          Finding.fail(
              "disk",
              "can not be measured: directory=" + directory + " cause=" + refused,
              "give a directory that is there and that you may write to"));
    }
  }

  public static Finding sync(DiskProbe.Latency latency) {
    String check = "disk-sync";
    String fact =
        String.format(
            Locale.ROOT,
            "p99 %.1f ms, median %.1f ms, max %.1f ms of %d",
            ms(latency.p99()),
            ms(latency.median()),
            ms(latency.max()),
            latency.rounds());
    if (latency.p99().compareTo(SYNC_GOOD) <= 0) {
      return Finding.ok(check, fact);
    }
    String remedy = "give the log a disk of its own, an SSD with power loss protection";
    return latency.p99().compareTo(SYNC_MAX) <= 0
        ? Finding.warn(check, fact, remedy)
        : Finding.fail(check, fact, remedy);
  }

  private static double ms(Duration duration) {
    return duration.toNanos() / 1e6;
  }

  static Finding space(long freeBytes, long totalBytes) {
    String check = "disk-space";
    String fact =
        String.format(Locale.ROOT, "%.1f GiB of %.1f GiB free", freeBytes / GIB, totalBytes / GIB);
    String remedy = "make room or take a larger disk: a full one refuses writes (DISK_FULL)";
    if (freeBytes < FREE_BYTES_MIN) {
      return Finding.fail(check, fact, remedy);
    }
    return freeBytes < FREE_PART_GOOD * totalBytes
        ? Finding.warn(check, fact, remedy)
        : Finding.ok(check, fact);
  }
}
