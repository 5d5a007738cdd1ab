package io.vxmeta.client.cli.doctor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;

/// Measures how long a disk takes for what a log does: append a block, then sync it.
///
/// @param clock nanoseconds, monotonic
public record DiskProbe(LongSupplier clock) {
  /* The file is new, without a name for others to trip over, and gone afterwards, also after a failure. */

  /// As small batches of a log are.
  public static final int BLOCK_BYTES = 4096;

  public static final int ROUNDS_MAX = 100_000;

  /// A disk so slow that this is over gives fewer rounds.
  private static final long NANOS_MAX = 20_000_000_000L;

  /// How long syncs took, of as many rounds as there was time for.
  public record Latency(int rounds, Duration median, Duration p99, Duration max) {}

  /// Writes and syncs again and again in a file of its own.
  ///
  /// @param rounds how often; 1..[#ROUNDS_MAX]
  public Latency measure(Path directory, int rounds) throws IOException {
    if (rounds < 1 || rounds > ROUNDS_MAX) {
      throw new IllegalArgumentException(
          "rounds are 1.." + ROUNDS_MAX + ": rounds=" + rounds + "; give fewer or more");
    }
    Path file = Files.createTempFile(directory, ".vxctl-disk-", ".probe");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)) {
      return measure(channel, rounds);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private Latency measure(FileChannel channel, int rounds) throws IOException {
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
    long[] nanos = new long[rounds];
    long begun = clock.getAsLong();
    int done = 0;
    while (done < rounds) {
      block.clear();
      long before = clock.getAsLong();
      while (block.hasRemaining()) {
        channel.write(block);
      }
      channel.force(false);
      long after = clock.getAsLong();
      nanos[done++] = after - before;
      if (after - begun > NANOS_MAX) {
        break;
      }
    }
    long[] sorted = Arrays.copyOf(nanos, done);
    Arrays.sort(sorted);
    return new Latency(done, at(sorted, 0.5), at(sorted, 0.99), at(sorted, 1));
  }

  /// The smallest value that this part of all do not exceed.
  private static Duration at(long[] sorted, double part) {
    int rank = (int) Math.ceil(part * sorted.length);
    return Duration.ofNanos(sorted[Math.max(1, rank) - 1]);
  }
}
