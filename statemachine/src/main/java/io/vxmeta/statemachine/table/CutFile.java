package io.vxmeta.statemachine.table;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// One live file as it was at a cut: each block is either still live, or was copied out, or was
/// saved aside.
final class CutFile {
  /* Threads: the writer calls keep(); any thread copies or skips.
   * Neither waits for the other. A copier reads a LIVE block into a buffer of its own and THEN moves its state to DONE by
   * compare-and-set; the writer, BEFORE its first change of a block, saves it and THEN moves the state to SAVED. Exactly one wins:
   *   - the copier: its reads came before its compare-and-set, and the writer changes the block only after seeing DONE;
   *   - the writer: the copier throws its buffer away and takes the saved bytes, which were complete before the state. */

  private static final byte LIVE = 0;
  private static final byte DONE = 1;
  private static final byte SAVED = 2;
  private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(byte[].class);

  private final LiveFile file;
  private final long usedBytes;
  private final int[] changedIn;
  private final byte[] states;
  private final CutAsides asides;

  CutFile(LiveFile file, long usedBytes, int[] changedIn, CutAsides asides) {
    this.file = file;
    this.usedBytes = usedBytes;
    this.changedIn = changedIn;
    this.states = new byte[changedIn.length];
    this.asides = asides;
  }

  int segments() {
    return Math.toIntExact((usedBytes + file.segmentBytes() - 1) / file.segmentBytes());
  }

  int segmentLength(int segment) {
    return (int) Math.min(file.segmentBytes(), usedBytes - (long) segment * file.segmentBytes());
  }

  private int blocksPerSegment() {
    return file.segmentBytes() >>> LiveFile.BLOCK_SHIFT;
  }

  private int firstBlock(int segment) {
    return segment * blocksPerSegment();
  }

  private int endBlock(int segment) {
    return Math.min(firstBlock(segment + 1), states.length);
  }

  boolean changedAfter(int segment, int cutNumber) {
    for (int block = firstBlock(segment); block < endBlock(segment); block++) {
      if (changedIn[block] > cutNumber) {
        return true;
      }
    }
    return false;
  }

  private int blockLength(int block) {
    return (int) Math.min(LiveFile.BLOCK_BYTES, usedBytes - ((long) block << LiveFile.BLOCK_SHIFT));
  }

  /// Saves a block that the writer is about to change, if its bytes are still wanted.
  void keep(int block) {
    if (block >= states.length || (byte) STATE.getAcquire(states, block) != LIVE) {
      return;
    }
    long from = (long) block << LiveFile.BLOCK_SHIFT;
    if (asides.save(file.part(), block, file.bytes().asSlice(from, blockLength(block)))) {
      boolean _ = STATE.compareAndSet(states, block, LIVE, SAVED);
    }
  }

  /// Fills `target` with the segment's bytes as of the cut.
  void copySegment(int segment, MemorySegment target) throws IOException {
    long at = 0;
    for (int block = firstBlock(segment); block < endBlock(segment); block++) {
      int length = blockLength(block);
      copyBlock(block, target.asSlice(at, length));
      at += length;
    }
  }

  private void copyBlock(int block, MemorySegment target) throws IOException {
    if ((byte) STATE.getAcquire(states, block) == LIVE) {
      long from = (long) block << LiveFile.BLOCK_SHIFT;
      MemorySegment.copy(file.bytes(), from, target, 0, target.byteSize());
    }
    if (STATE.compareAndSet(states, block, LIVE, DONE)) {
      return;
    }
    if ((byte) STATE.getAcquire(states, block) != SAVED) {
      throw new IllegalStateException(
          "expected to copy each segment of a cut once: part="
              + file.part()
              + " block="
              + block
              + "; take a new cut for another copy");
    }
    asides.load(file.part(), block, target);
  }

  void skipSegment(int segment) {
    for (int block = firstBlock(segment); block < endBlock(segment); block++) {
      boolean _ = STATE.compareAndSet(states, block, LIVE, DONE);
    }
  }
}
