package io.vxmeta.statemachine.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// Memory for blocks that are copied aside during a cut, kept from one cut to the next: in memory
/// that is new to the process each copy would wait for page faults, on the apply thread.
final class AsidePool {
  /* Threads: any, under the monitor.
   * Memory: BLOCKS blocks from when the first region is made, never more, and never given back; the collector takes them with the pool. */

  /// What a steady writer touches of a group of a gibibyte right after a cut, and some more.
  static final int BLOCKS = 512;

  private final int blockBytes;
  private final Deque<MemorySegment> free = new ArrayDeque<>();
  private boolean filled;

  AsidePool(int blockBytes) {
    this.blockBytes = blockBytes;
  }

  /// Takes the pool's memory from the system, if that was not done yet, and touches all of it.
  synchronized void fill() {
    if (filled) {
      return;
    }
    filled = true;
    // New memory comes as zeros, which is what touches it.
    MemorySegment all = Arena.ofAuto().allocate((long) BLOCKS * blockBytes);
    for (int block = 0; block < BLOCKS; block++) {
      free.push(all.asSlice((long) block * blockBytes, blockBytes));
    }
  }

  synchronized Optional<MemorySegment> take() {
    return Optional.ofNullable(free.poll());
  }

  /// Gives back what [#take] gave; nobody may read it any more.
  synchronized void give(MemorySegment block) {
    free.push(block);
  }
}
