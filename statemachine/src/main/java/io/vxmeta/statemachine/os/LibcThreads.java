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
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;

/// The calls of Linux' C library about a thread's CPUs.
final class LibcThreads implements NativeThreads {
  /* Threads: any; an instance holds immutable handles only. Process id 0 means the calling thread, to each of these calls.
   * Invariant: the mask we hand the kernel to fill holds every CPU it can have; a shorter one is refused (EINVAL). */

  /// For 8,192 CPUs, the most that a kernel is built for.
  private static final int MASK_WORDS = 128;

  private static final int CALLING_THREAD = 0;

  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO_FIELD =
      Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
  private static final FunctionDescriptor AFFINITY_CALL =
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);

  private final MethodHandle setAffinity;
  private final MethodHandle getAffinity;
  private final MethodHandle getCpu;

  private LibcThreads(Linker linker, SymbolLookup symbols) {
    setAffinity =
        linker.downcallHandle(symbols.findOrThrow("sched_setaffinity"), AFFINITY_CALL, ERRNO);
    getAffinity =
        linker.downcallHandle(symbols.findOrThrow("sched_getaffinity"), AFFINITY_CALL, ERRNO);
    getCpu =
        linker.downcallHandle(symbols.findOrThrow("sched_getcpu"), FunctionDescriptor.of(JAVA_INT));
  }

  /// The library, if this is a Linux that has all of the calls.
  static Optional<LibcThreads> find() {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return Optional.empty();
    }
    try {
      Linker linker = Linker.nativeLinker();
      return Optional.of(new LibcThreads(linker, linker.defaultLookup()));
    } catch (NoSuchElementException | UnsupportedOperationException | IllegalCallerException e) {
      return Optional.empty();
    }
  }

  @Override
  public Errno pin(IdSet cpus) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      MemorySegment mask = arena.allocateFrom(JAVA_LONG, cpus.mask());
      int returned = (int) setAffinity.invokeExact(state, CALLING_THREAD, mask.byteSize(), mask);
      return answer(returned, state);
    } catch (Throwable e) {
      throw unexpected("sched_setaffinity", e);
    }
  }

  @Override
  public Cpus allowed() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      MemorySegment mask = arena.allocate(JAVA_LONG, MASK_WORDS);
      int returned = (int) getAffinity.invokeExact(state, CALLING_THREAD, mask.byteSize(), mask);
      Errno answer = answer(returned, state);
      return answer.ok()
          ? new Cpus(answer, IdSet.ofMask(mask.toArray(JAVA_LONG)))
          : Cpus.refused(answer);
    } catch (Throwable e) {
      throw unexpected("sched_getaffinity", e);
    }
  }

  @Override
  public OptionalInt cpu() {
    try {
      int cpu = (int) getCpu.invokeExact();
      return cpu < 0 ? OptionalInt.empty() : OptionalInt.of(cpu);
    } catch (Throwable e) {
      throw unexpected("sched_getcpu", e);
    }
  }

  private static Errno answer(int returned, MemorySegment state) {
    return returned == 0 ? Errno.OK : new Errno((int) ERRNO_FIELD.get(state, 0L));
  }

  private static IllegalStateException unexpected(String call, Throwable cause) {
    return new IllegalStateException("native call failed in the JVM itself: call=" + call, cause);
  }
}
