package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// A process stopped by SIGSTOP, and the proof that it did not run until it was thawed.
final class Frozen {
  /* A stop reaches the threads one after the other, so the clock of the proof starts when all of them stand. */

  /// Longer than any system call of a node takes to come back: a thread in a flush stands when the
  /// disk has answered, which a busy one does late.
  private static final Lookout STANDSTILL =
      new Lookout(Duration.ofSeconds(60), Duration.ofMillis(2));

  private static final char STOPPED = 'T';
  private static final char ZOMBIE = 'Z';
  private static final char UNINTERRUPTIBLE = 'D';

  /// Where the kernel lets whoever wants to change a frozen file system wait.
  private static final String FROZEN_DISK = "percpu_rwsem_wait";

  /// What it says instead where it does not tell.
  private static final String UNTOLD = "0";

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

  /// Freezes it; returns when it stands still. Where that fails it goes on.
  static Frozen freeze(long pid) throws IOException, InterruptedException {
    try {
      boolean stopped = Signal.STOP.sendTo(pid);
      boolean still = stopped && STANDSTILL.sees(() -> allStopped(pid) || hasEnded(pid));
      return new Frozen(pid, still && allStopped(pid), ticks(pid).orElse(0));
    } catch (IOException | InterruptedException halfway) {
      boolean _ = Signal.CONT.sendTo(pid);
      throw halfway;
    }
  }

  /// Whether all its threads stood when it was frozen.
  boolean standsStill() {
    return standing;
  }

  /// For how long it has been frozen.
  Duration length() {
    return Duration.ofNanos(System.nanoTime() - sinceNanos);
  }

  /// Thaws it, and tells whether it had not run in between.
  Evidence thaw() throws IOException {
    OptionalLong now = ticks(pid);
    boolean stopped = allStopped(pid);
    boolean _ = Signal.CONT.sendTo(pid);
    if (now.isEmpty()) {
      return Evidence.missed("pid=%d ended while it was frozen".formatted(pid));
    }
    long ran = now.getAsLong() - ticks;
    long ms = length().toMillis();
    return Evidence.of(
        standing && stopped && ran == 0,
        "pid=%d state=%s frozen_ms=%d cpu_ticks=%d".formatted(pid, stopped ? "T" : "R", ms, ran));
  }

  private static boolean allStopped(long pid) {
    List<Character> states = states(pid);
    return !states.isEmpty() && states.stream().allMatch(state -> state == STOPPED);
  }

  /// Whether it is gone, but for the entry that its parent has not taken yet.
  static boolean hasEnded(long pid) {
    try {
      return stat(process(pid)).get(STATE).charAt(0) == ZOMBIE;
    } catch (IOException gone) {
      return true;
    }
  }

  /// How many of its threads wait for a disk that hangs, and for nothing else.
  static long waitingForDisk(long pid) {
    return threads(pid).stream().filter(Frozen::waitsForDisk).count();
  }

  private static boolean waitsForDisk(Path thread) {
    try {
      if (stat(thread).get(STATE).charAt(0) != UNINTERRUPTIBLE) {
        return false;
      }
      String where = Files.readString(thread.resolve("wchan")).strip();
      return where.equals(FROZEN_DISK) || where.equals(UNTOLD);
    } catch (IOException ended) {
      return false;
    }
  }

  private static List<Path> threads(long pid) {
    Path tasks = process(pid).resolve("task");
    String[] threads = tasks.toFile().list();
    return threads == null ? List.of() : Stream.of(threads).map(tasks::resolve).toList();
  }

  /// Empty when the process or one of its threads ended while we looked.
  private static List<Character> states(long pid) {
    List<Character> states = new ArrayList<>();
    try {
      for (Path thread : threads(pid)) {
        states.add(stat(thread).get(STATE).charAt(0));
      }
      return states;
    } catch (IOException ended) {
      return List.of();
    }
  }

  /// CPU time all its threads have had; empty when it has ended, be it between the opening of the
  /// file and the reading.
  private static OptionalLong ticks(long pid) {
    try {
      List<String> stat = stat(process(pid));
      return OptionalLong.of(
          Long.parseLong(stat.get(USER_TICKS)) + Long.parseLong(stat.get(SYSTEM_TICKS)));
    } catch (IOException ended) {
      return OptionalLong.empty();
    }
  }

  private static Path process(long pid) {
    return Path.of("/proc", Long.toString(pid));
  }

  private static List<String> stat(Path folder) throws IOException {
    String text = Files.readString(folder.resolve("stat"));
    return List.of(text.substring(text.lastIndexOf(')') + 2).split(" "));
  }
}
