package io.vxmeta.statemachine.table;

import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveRegion;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One of a table's files: knows which of its blocks changed since which cut, and saves a block for
/// an open cut before it changes.
final class LiveFile implements AutoCloseable {
  /* Threads: the writer; readers use `bytes` alone.
   * A segment is the unit of snapshot files, a BLOCK (16 KiB) the unit of change tracking and of copying aside: a put during a
   * cut then copies 16 KiB (some microseconds) at most per block, not a segment. An entry of many puts right after a cut copies two
   * blocks for each.
   * Invariant: touch(offset) comes BEFORE the first change of a block after each cut. `changedIn[block]` is the epoch of
   * its last change; the epoch counts cuts, so the check costs one comparison, and only the first touch looks for a cut. */

  static final int BLOCK_BYTES = LiveMemory.ASIDE_BLOCK_BYTES;
  static final int BLOCK_SHIFT = Integer.numberOfTrailingZeros(BLOCK_BYTES);

  private final SegmentName.Part part;
  private final LiveRegion region;
  private final MemorySegment bytes;
  private final int segmentBytes;
  private int[] changedIn = new int[16];
  private long usedBytes;
  private int epoch = 1;
  private int changedBlocks;
  private @Nullable CutFile open;

  LiveFile(SegmentName.Part part, LiveRegion region, int segmentBytes) {
    this.part = part;
    this.region = region;
    this.bytes = region.bytes();
    this.segmentBytes = segmentBytes;
  }

  MemorySegment bytes() {
    return bytes;
  }

  SegmentName.Part part() {
    return part;
  }

  int segmentBytes() {
    return segmentBytes;
  }

  long usedBytes() {
    return usedBytes;
  }

  long preparedBytes() {
    return region.preparedBytes();
  }

  long bytesMax() {
    return bytes.byteSize();
  }

  int segments() {
    return Math.toIntExact((usedBytes + segmentBytes - 1) / segmentBytes);
  }

  /// Makes the first `end` bytes part of the file.
  ///
  /// @throws io.vxmeta.statemachine.os.LiveMemoryExhausted if there is no room; nothing was changed
  void use(long end) {
    if (end > region.preparedBytes()) {
      region.prepare(end);
    }
    if (end > usedBytes) {
      int blocks = blocksOf(end);
      if (blocks > changedIn.length) {
        changedIn = Arrays.copyOf(changedIn, Math.max(blocks, changedIn.length * 2));
      }
      usedBytes = end;
    }
  }

  private static int blocksOf(long bytes) {
    return Math.toIntExact((bytes + BLOCK_BYTES - 1) >>> BLOCK_SHIFT);
  }

  /// To be called BEFORE the bytes at `offset` change.
  void touch(long offset) {
    int block = (int) (offset >>> BLOCK_SHIFT);
    if (changedIn[block] != epoch) {
      firstTouch(block);
    }
  }

  private void firstTouch(int block) {
    CutFile cut = open;
    if (cut != null) {
      cut.keep(block);
    }
    changedIn[block] = epoch;
    changedBlocks++;
  }

  /// Ends the epoch: what is touched from now on is kept for the returned cut first.
  CutFile cut(CutAsides asides) {
    CutFile cut =
        new CutFile(this, usedBytes, Arrays.copyOf(changedIn, blocksOf(usedBytes)), asides);
    open = cut;
    epoch++;
    changedBlocks = 0;
    return cut;
  }

  /// Says that all bytes are as in cut 0.
  void unchangedSoFar() {
    Arrays.fill(changedIn, 0);
    changedBlocks = 0;
  }

  /// Segments with a block touched since the last cut.
  int dirtySegments() {
    int dirty = 0;
    int perSegment = segmentBytes >>> BLOCK_SHIFT;
    int blocks = blocksOf(usedBytes);
    for (int first = 0; first < blocks && changedBlocks > 0; first += perSegment) {
      if (touched(first, Math.min(first + perSegment, blocks))) {
        dirty++;
      }
    }
    return dirty;
  }

  private boolean touched(int fromBlock, int toBlock) {
    for (int block = fromBlock; block < toBlock; block++) {
      if (changedIn[block] == epoch) {
        return true;
      }
    }
    return false;
  }

  /// Gives the file's name up; the bytes stay.
  void unlink() throws IOException {
    region.unlink();
  }

  @Override
  public void close() throws IOException {
    region.close();
  }
}
