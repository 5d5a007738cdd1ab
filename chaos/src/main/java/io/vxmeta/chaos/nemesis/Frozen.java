package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// A process stopped by SIGSTOP, and the proof that it did not run until it was thawed.
final class Frozen {
  /* A stop reaches the threads one after the other, so the clock of the proof starts when all of them stand. */

  /// Longer than any system call of a node takes to come back.
  private static final long STANDSTILL_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final char STOPPED = 'T';

  /// Places in /proc/PID/stat behind the name of the program.
  private static final int STATE = 0;

  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  private final long pid;
  private final boolean standing;
  private final long ticks;
  private final long sinceNanos;

  private Frozen(long pid, boolean standing, long ticks) {
    this.pid = pid;
    this.standing = standing;
    this.ticks = ticks;
    this.sinceNanos = System.nanoTime();
  }

  /// Freezes it; returns when it stands still.
  static Frozen freeze(long pid) throws IOException {
    Signal.STOP.sendTo(pid);
    long deadline = System.nanoTime() + STANDSTILL_NANOS;
    while (!allStopped(pid) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
    return new Frozen(pid, allStopped(pid), ticks(pid).orElse(0));
  }

  /// Thaws it, and tells whether it had not run in between.
  Evidence thaw() throws IOException {
    OptionalLong now = ticks(pid);
    if (now.isEmpty()) {
      return Evidence.missed("pid=%d ended while it was frozen".formatted(pid));
    }
    boolean stopped = allStopped(pid);
    long ran = now.getAsLong() - ticks;
    Signal.CONT.sendTo(pid);
    long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos);
    return Evidence.of(
        standing && stopped && ran == 0,
        "pid=%d state=%s frozen_ms=%d cpu_ticks=%d".formatted(pid, stopped ? "T" : "R", ms, ran));
  }

  private static boolean allStopped(long pid) throws IOException {
    List<Character> states = states(pid);
    return !states.isEmpty() && states.stream().allMatch(state -> state == STOPPED);
  }

  /// How many of its threads are in that state of /proc: `D` waits and can not be woken.
  static long threadsIn(long pid, char state) throws IOException {
    return states(pid).stream().filter(each -> each == state).count();
  }

  /// Empty when the process or one of its threads ended while we looked.
  private static List<Character> states(long pid) throws IOException {
    List<Character> states = new ArrayList<>();
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads.toList()) {
        states.add(stat(thread).get(STATE).charAt(0));
      }
      return states;
    } catch (IOException ended) {
      return List.of();
    }
  }

  /// CPU time all its threads have had; empty when it has ended.
  private static OptionalLong ticks(long pid) throws IOException {
    try {
      List<String> stat = stat(Path.of("/proc", Long.toString(pid)));
      return OptionalLong.of(
          Long.parseLong(stat.get(USER_TICKS)) + Long.parseLong(stat.get(SYSTEM_TICKS)));
    } catch (NoSuchFileException ended) {
      return OptionalLong.empty();
    }
  }

  private static List<String> stat(Path folder) throws IOException {
    String text = Files.readString(folder.resolve("stat"));
    return List.of(text.substring(text.lastIndexOf(')') + 2).split(" "));
  }
}
