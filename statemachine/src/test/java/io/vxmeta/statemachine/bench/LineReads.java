package io.vxmeta.statemachine.bench;

import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.os.LiveRegion;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// What the machine can do at most: independent random reads of cache lines in memory of the same
/// kind and size as the table's.
final class LineReads implements AutoCloseable {

  static final int LINE_SHIFT = 6;

  /// About what the table takes for a record.
  private static final long BYTES_A_KEY = 128;

  private static final long STEP = 2L << 20;

  private final LiveRegion region;
  private final MemorySegment bytes;
  private final long lines;

  private LineReads(LiveRegion region, long length) {
    this.region = region;
    this.bytes = region.bytes();
    this.lines = length >>> LINE_SHIFT;
  }

  static LineReads open(Path directory, int keys) throws IOException {
    long length = (keys * BYTES_A_KEY + STEP - 1) / STEP * STEP;
    return of(LiveMemory.of(LiveMemoryConfig.defaults()), directory.resolve("lines"), length);
  }

  static LineReads of(LiveMemory memory, Path file, long length) throws IOException {
    LiveRegion region = memory.map(file, length);
    region.prepare(length);
    return new LineReads(region, length);
  }

  /// Offsets of random lines.
  void choose(SplittableRandom random, long[] into) {
    for (int i = 0; i < into.length; i++) {
      into[i] = random.nextLong(lines) << LINE_SHIFT;
    }
  }

  /// Reads a word of each line; no read waits for another one.
  long read(long[] offsets) {
    long sum = 0;
    for (long offset : offsets) {
      sum += bytes.get(ValueLayout.JAVA_LONG, offset);
    }
    return sum;
  }

  /// Reads a word of each line; each read waits for the one before.
  long chase(long[] offsets) {
    long sum = 0;
    for (long offset : offsets) {
      sum += bytes.get(ValueLayout.JAVA_LONG, offset + (sum & Long.BYTES));
    }
    return sum;
  }

  void write(long offset, long word) {
    bytes.set(ValueLayout.JAVA_LONG, offset, word);
  }

  long length() {
    return lines << LINE_SHIFT;
  }

  @Override
  public void close() throws IOException {
    region.close();
  }
}
