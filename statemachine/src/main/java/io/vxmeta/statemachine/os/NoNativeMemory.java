package io.vxmeta.statemachine.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// The twin for systems without these calls: refuses each of them.
record NoNativeMemory() implements NativeMemory {

  @Override
  public Reservation reserve(long bytes, long alignment, Arena arena) {
    return Reservation.refused(Errno.ENOSYS);
  }

  @Override
  public Errno replaceByFile(MemorySegment range, Path file, long offset) {
    return Errno.ENOSYS;
  }

  @Override
  public Errno replaceByZeros(MemorySegment range) {
    return Errno.ENOSYS;
  }

  @Override
  public Errno lock(MemorySegment range) {
    return Errno.ENOSYS;
  }

  @Override
  public Errno populate(MemorySegment range) {
    return Errno.ENOSYS;
  }

  @Override
  public Errno adviseHugePages(MemorySegment range) {
    return Errno.ENOSYS;
  }

  @Override
  public Errno prefer(MemorySegment range, int domain) {
    return Errno.ENOSYS;
  }
}
