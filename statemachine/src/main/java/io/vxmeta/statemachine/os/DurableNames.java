package io.vxmeta.statemachine.os;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.Linker.Option;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Stream;

/// Makes a directory's names durable at once, for code that renames files and never flushes the
/// directory.
public final class DurableNames {
  /* The attribute "dirsync" of ext4 (chattr +D): what is created, renamed or removed in the directory is on disk when the
   *   call returns. Directories made below it later inherit it.
   * Elsewhere the kernel refuses; mounting with `dirsync` (XFS: `wsync`) does the same for the whole file system.
   * Threads: any; nothing is kept. */

  /// FS_IOC_GETFLAGS and FS_IOC_SETFLAGS on 64-bit processors, and the attribute.
  private static final long GET_FLAGS = 0x80086601L;

  private static final long SET_FLAGS = 0x40086602L;
  private static final int DIRSYNC = 0x00010000;

  /// O_RDONLY | O_CLOEXEC.
  private static final int OPEN_FLAGS = 0x80000;

  private static final Option ERRNO = Option.captureCallState("errno");
  private static final VarHandle ERRNO_FIELD =
      Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));

  private final MethodHandle open;
  private final MethodHandle ioctl;
  private final MethodHandle close;

  private DurableNames(Linker linker) {
    open =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            ERRNO,
            Option.firstVariadicArg(2));
    ioctl =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("ioctl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
            ERRNO,
            Option.firstVariadicArg(2));
    close =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  }

  /// From now on, in `root` and every directory below it, there already or made later.
  ///
  /// @return why that is not so, with the remedy; empty when it is
  public static Optional<String> in(Path root) throws IOException {
    List<Path> directories;
    try (Stream<Path> all = Files.walk(root)) {
      directories = all.filter(Files::isDirectory).toList();
    }
    Errno answer = Errno.ENOSYS;
    if (System.getProperty("os.name", "").equals("Linux")) {
      try {
        DurableNames names = new DurableNames(Linker.nativeLinker());
        answer =
            directories.stream()
                .map(names::mark)
                .filter(each -> !each.ok())
                .findFirst()
                .orElse(Errno.OK);
      } catch (NoSuchElementException | UnsupportedOperationException | IllegalCallerException e) {
        answer = Errno.ENOSYS;
      }
    }
    return answer.ok()
        ? Optional.empty()
        : Optional.of(
            "a power cut can bring back a replaced file, the file system does not sync names by"
                + " itself: errno="
                + answer.symbol()
                + " directory="
                + root
                + "; use ext4, or mount with dirsync (XFS: wsync)");
  }

  private Errno mark(Path directory) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Option.captureStateLayout());
      int file =
          (int) open.invokeExact(state, arena.allocateFrom(directory.toString()), OPEN_FLAGS);
      if (file < 0) {
        return new Errno((int) ERRNO_FIELD.get(state, 0L));
      }
      try {
        return mark(file, arena.allocate(JAVA_LONG), state);
      } finally {
        int _ = (int) close.invokeExact(file);
      }
    } catch (Throwable e) {
      throw new IllegalStateException("native call failed in the JVM itself: call=ioctl", e);
    }
  }

  private Errno mark(int file, MemorySegment flags, MemorySegment state) throws Throwable {
    if ((int) ioctl.invokeExact(state, file, GET_FLAGS, flags) != 0) {
      return new Errno((int) ERRNO_FIELD.get(state, 0L));
    }
    flags.set(JAVA_INT, 0, flags.get(JAVA_INT, 0) | DIRSYNC);
    return (int) ioctl.invokeExact(state, file, SET_FLAGS, flags) == 0
        ? Errno.OK
        : new Errno((int) ERRNO_FIELD.get(state, 0L));
  }
}
