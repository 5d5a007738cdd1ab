package io.vxmeta.statemachine.os;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Optional;

/// The calls of Linux' C library that we use, and nothing else of it.
final class Libc implements NativeMemory {
  /* Threads: any; an instance holds immutable handles only.
   * A call that this library or kernel lacks answers ENOSYS or EINVAL like one that is refused.
   * Numbers are those of include/uapi of the kernel, the same on x86-64 and aarch64 unless given per processor. */

  private static final int PROT_READ = 1;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED_FIXED = 0x11;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
  private static final int MAP_FIXED = 0x10;
  private static final long MAP_FAILED = -1;
  private static final int O_RDWR_CLOEXEC = 0x80002;

  private static final int MADV_HUGEPAGE = 14;
  private static final int MADV_POPULATE_WRITE = 23;

  /// Preferred, not bound: a full domain must slow the node down, not end it.
  private static final int MPOL_PREFERRED = 1;

  /// The most that a kernel is built for.
  private static final int DOMAINS_MAX = 1_024;

  private static final long SYS_MBIND_X86_64 = 237;
  private static final long SYS_MBIND_AARCH64 = 235;

  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO_FIELD =
      Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));

  private final MethodHandle mmap;
  private final MethodHandle munmap;
  private final MethodHandle open;
  private final MethodHandle close;
  private final MethodHandle mlock2;
  private final MethodHandle madvise;
  private final MethodHandle mbind;
  private final long mbindNumber;

  private Libc(Linker linker, SymbolLookup symbols, long mbindNumber) {
    this.mbindNumber = mbindNumber;
    mmap =
        linker.downcallHandle(
            symbols.findOrThrow("mmap"),
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG),
            ERRNO);
    munmap =
        linker.downcallHandle(
            symbols.findOrThrow("munmap"), FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    open =
        linker.downcallHandle(
            symbols.findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            ERRNO,
            Linker.Option.firstVariadicArg(2));
    close =
        linker.downcallHandle(
            symbols.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    mlock2 =
        linker.downcallHandle(
            symbols.findOrThrow("mlock2"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT),
            ERRNO);
    madvise =
        linker.downcallHandle(
            symbols.findOrThrow("madvise"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT),
            ERRNO);
    mbind =
        linker.downcallHandle(
            symbols.findOrThrow("syscall"),
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG),
            ERRNO,
            Linker.Option.firstVariadicArg(1));
  }

  /// The library, if this is a Linux that has all of the calls.
  static Optional<Libc> find() {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return Optional.empty();
    }
    try {
      Linker linker = Linker.nativeLinker();
      return Optional.of(new Libc(linker, linker.defaultLookup(), mbindNumber()));
    } catch (NoSuchElementException | UnsupportedOperationException | IllegalCallerException e) {
      return Optional.empty();
    }
  }

  private static long mbindNumber() {
    return switch (System.getProperty("os.arch", "").toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> SYS_MBIND_X86_64;
      case "aarch64" -> SYS_MBIND_AARCH64;
      default -> -1;
    };
  }

  @Override
  public Reservation reserve(long bytes, long alignment, Arena arena) {
    long whole = bytes + alignment;
    try (Arena call = Arena.ofConfined()) {
      MemorySegment state = call.allocate(Linker.Option.captureStateLayout());
      long address =
          (long)
              mmap.invokeExact(
                  state, 0L, whole, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
      if (address == MAP_FAILED) {
        return Reservation.refused(new Errno((int) ERRNO_FIELD.get(state, 0L)));
      }
      MemorySegment all =
          MemorySegment.ofAddress(address).reinterpret(whole, arena, _ -> unmap(address, whole));
      return Reservation.of(all.asSlice(-address & (alignment - 1), bytes));
    } catch (Throwable e) {
      throw unexpected("mmap", e);
    }
  }

  private void unmap(long address, long bytes) {
    try {
      int _ = (int) munmap.invokeExact(address, bytes);
    } catch (Throwable e) {
      throw unexpected("munmap", e);
    }
  }

  @Override
  public Errno replaceByFile(MemorySegment range, Path file, long offset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      int descriptor =
          (int) open.invokeExact(state, arena.allocateFrom(file.toString()), O_RDWR_CLOEXEC);
      if (descriptor < 0) {
        return new Errno((int) ERRNO_FIELD.get(state, 0L));
      }
      try {
        return replace(range, PROT_READ_WRITE, MAP_SHARED_FIXED, descriptor, offset, state);
      } finally {
        int _ = (int) close.invokeExact(descriptor);
      }
    } catch (Throwable e) {
      throw unexpected("mmap", e);
    }
  }

  @Override
  public Errno replaceByZeros(MemorySegment range) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      return replace(range, PROT_READ, MAP_PRIVATE_ANONYMOUS_NORESERVE | MAP_FIXED, -1, 0, state);
    } catch (Throwable e) {
      throw unexpected("mmap", e);
    }
  }

  /// @param descriptor of a file, or -1
  private Errno replace(
      MemorySegment range,
      int protection,
      int flags,
      int descriptor,
      long offset,
      MemorySegment state)
      throws Throwable {
    long address =
        (long)
            mmap.invokeExact(
                state, range.address(), range.byteSize(), protection, flags, descriptor, offset);
    return answer(address == MAP_FAILED ? MAP_FAILED : 0, state);
  }

  @Override
  public Errno lock(MemorySegment range) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      return answer((int) mlock2.invokeExact(state, range, range.byteSize(), 0), state);
    } catch (Throwable e) {
      throw unexpected("mlock2", e);
    }
  }

  @Override
  public Errno populate(MemorySegment range) {
    return advise(range, MADV_POPULATE_WRITE);
  }

  @Override
  public Errno adviseHugePages(MemorySegment range) {
    return advise(range, MADV_HUGEPAGE);
  }

  private Errno advise(MemorySegment range, int advice) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      return answer((int) madvise.invokeExact(state, range, range.byteSize(), advice), state);
    } catch (Throwable e) {
      throw unexpected("madvise", e);
    }
  }

  @Override
  public Errno prefer(MemorySegment range, int domain) {
    if (mbindNumber < 0 || domain < 0 || domain >= DOMAINS_MAX) {
      return Errno.ENOSYS;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      MemorySegment mask = arena.allocate(JAVA_LONG, DOMAINS_MAX / Long.SIZE);
      mask.setAtIndex(JAVA_LONG, domain / Long.SIZE, 1L << domain);
      // The kernel reads one bit less than it is told.
      return answer(
          (long)
              mbind.invokeExact(
                  state,
                  mbindNumber,
                  range,
                  range.byteSize(),
                  (long) MPOL_PREFERRED,
                  mask,
                  (long) DOMAINS_MAX + 1,
                  0L),
          state);
    } catch (Throwable e) {
      throw unexpected("mbind", e);
    }
  }

  private static Errno answer(long returned, MemorySegment state) {
    return returned == 0 ? Errno.OK : new Errno((int) ERRNO_FIELD.get(state, 0L));
  }

  private static IllegalStateException unexpected(String call, Throwable cause) {
    return new IllegalStateException("native call failed in the JVM itself: call=" + call, cause);
  }
}
