package io.vxmeta.chaos.bench.contest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/// The CPU time that processes have used, by the kernel's account.
public final class ServerCpu {
  /* /proc/PID/stat: fields 14 and 15, counted from 1, are the ticks in user and in kernel mode, of all threads. The second
   * field, the name in parentheses, may hold blanks: counting starts after the last parenthesis. */

  /// The kernel reports in hundredths of a second on every Linux we know.
  private static final long MICROS_PER_TICK = 10_000;

  private static final int USER_TICKS = 11;
  private static final int KERNEL_TICKS = 12;

  private ServerCpu() {}

  public static long micros(Collection<Long> pids) throws IOException {
    long ticks = 0;
    for (long pid : pids) {
      ticks += ticks(Files.readString(Path.of("/proc", Long.toString(pid), "stat")));
    }
    return ticks * MICROS_PER_TICK;
  }

  static long ticks(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[KERNEL_TICKS]);
  }
}
