package io.vxmeta.statemachine.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// What we ask of the operating system about memory. Ranges start at a page's first byte.
///
/// No call throws for a refusal: the answer says why, and the caller degrades.
sealed interface NativeMemory permits Libc, NoNativeMemory {

  /// Address space, or why there is none.
  record Reservation(Errno answer, MemorySegment bytes) {
    static Reservation of(MemorySegment bytes) {
      return new Reservation(Errno.OK, bytes);
    }

    static Reservation refused(Errno answer) {
      return new Reservation(answer, MemorySegment.NULL);
    }
  }

  /// Address space for `bytes` of zeros that belong to this process alone and to no file, until
  /// `arena` is closed. Nothing is allocated.
  Reservation reserve(long bytes, long alignment, Arena arena);

  /// From now on `range` is that part of `file`; what it held is lost.
  Errno replaceByFile(MemorySegment range, Path file, long offset);

  /// From now on `range` is zeros that can be read, and not written, so that no system counts them
  /// as memory of the process; what it held is lost, and its pages are the system's again.
  Errno replaceByZeros(MemorySegment range);

  /// Keeps the pages of `range` in memory until they are unmapped.
  Errno lock(MemorySegment range);

  /// Allocates the pages of `range` for writing now, so that no later access meets a page fault or
  /// a full disk.
  Errno populate(MemorySegment range);

  /// Asks for huge pages in `range`; heeded for pages not yet allocated.
  Errno adviseHugePages(MemorySegment range);

  /// Asks that pages of `range` come from NUMA domain `domain` as long as it has any.
  Errno prefer(MemorySegment range, int domain);
}
