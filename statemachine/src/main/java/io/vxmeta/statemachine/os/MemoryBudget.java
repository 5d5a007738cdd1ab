package io.vxmeta.statemachine.os;

import io.vxmeta.statemachine.os.LiveMemoryConfig.Cap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// How many bytes may be locked or taken without a file: a part of what this process may use by the
/// machine and its control groups, and less where the rest of the process needs more.
///
/// Threads: any.
final class MemoryBudget {
  /* Limits are read once, at the start. The smallest counts: the machine's memory, and the limit of the process' control
   * group and of each group above it, version 1 (memory.limit_in_bytes) and version 2 (memory.max).
   * In a container the path in /proc/self/cgroup may be the host's and not exist below the mount: then the walk meets
   * only the mount's own top, which is the container's group. */

  private static final String NO_LIMIT = "max";

  /// Of what the process may use, for tables, where the rest of it could need nearly all: a heap is
  /// rarely as large as it may become.
  private static final double PART_MIN = 0.25;

  private final long limitBytes;
  private final long capBytes;
  private final AtomicLong reserved = new AtomicLong();

  private MemoryBudget(long limitBytes, Cap cap) {
    this.limitBytes = limitBytes;
    long left = Math.max(limitBytes - cap.besidesBytes(), (long) (limitBytes * PART_MIN));
    this.capBytes = Math.min((long) (limitBytes * cap.ratio()), left);
  }

  /// @throws IOException if the machine's memory or a limit that exists cannot be read
  static MemoryBudget read(Path procRoot, Path cgroupRoot, Cap cap) throws IOException {
    long limit =
        Math.min(machineBytes(procRoot.resolve("meminfo")), groupLimit(procRoot, cgroupRoot));
    return new MemoryBudget(limit, cap);
  }

  /// A budget of `limitBytes` for machines whose limits cannot be read.
  static MemoryBudget of(long limitBytes, Cap cap) {
    return new MemoryBudget(limitBytes, cap);
  }

  /// What the process may use.
  long limitBytes() {
    return limitBytes;
  }

  /// What it may lock.
  long capBytes() {
    return capBytes;
  }

  long reservedBytes() {
    return reserved.get();
  }

  /// Takes `bytes` of the cap, or nothing.
  boolean reserve(long bytes) {
    for (; ; ) {
      long now = reserved.get();
      if (bytes > capBytes - now) {
        return false;
      }
      if (reserved.compareAndSet(now, now + bytes)) {
        return true;
      }
    }
  }

  void release(long bytes) {
    reserved.addAndGet(-bytes);
  }

  private static long machineBytes(Path meminfo) throws IOException {
    try (Stream<String> lines = Files.lines(meminfo)) {
      String total =
          lines
              .filter(line -> line.startsWith("MemTotal:"))
              .findFirst()
              .orElseThrow(() -> new IOException("expected a MemTotal line: file=" + meminfo));
      return Math.multiplyExact(Long.parseLong(total.replaceAll("\\D", "")), 1024L);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IOException("expected MemTotal in kB: file=" + meminfo, e);
    }
  }

  private static long groupLimit(Path procRoot, Path cgroupRoot) throws IOException {
    long limit = Long.MAX_VALUE;
    for (String line : linesOf(procRoot.resolve("self").resolve("cgroup"))) {
      String[] fields = line.split(":", 3);
      if (fields.length != 3) {
        throw new IOException("expected id:controllers:path: line=" + line);
      }
      if (fields[1].isEmpty()) {
        limit = Math.min(limit, smallestUpwards(cgroupRoot, fields[2], "memory.max"));
        Path hybrid = cgroupRoot.resolve("unified");
        limit = Math.min(limit, smallestUpwards(hybrid, fields[2], "memory.max"));
      } else if (Stream.of(fields[1].split(",")).anyMatch("memory"::equals)) {
        Path mount = cgroupRoot.resolve("memory");
        limit = Math.min(limit, smallestUpwards(mount, fields[2], "memory.limit_in_bytes"));
      }
    }
    return limit;
  }

  private static List<String> linesOf(Path file) throws IOException {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException _) {
      return List.of(); // A kernel without control groups.
    }
  }

  /// The smallest limit on the way from the group up to the mount.
  private static long smallestUpwards(Path mount, String group, String fileName)
      throws IOException {
    long smallest = Long.MAX_VALUE;
    Path top = mount.normalize();
    Path at = top.resolve(group.replaceFirst("^/+", "")).normalize();
    while (at != null && at.startsWith(top)) {
      smallest = Math.min(smallest, limitIn(at.resolve(fileName)).orElse(Long.MAX_VALUE));
      at = at.getParent();
    }
    return smallest;
  }

  private static OptionalLong limitIn(Path file) throws IOException {
    String text;
    try {
      text = Files.readString(file).strip();
    } catch (NoSuchFileException _) {
      return OptionalLong.empty();
    }
    if (text.equals(NO_LIMIT)) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      throw new IOException("expected a number of bytes: file=" + file + " text=" + text, e);
    }
  }
}
