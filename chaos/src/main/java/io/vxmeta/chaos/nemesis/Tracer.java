package io.vxmeta.chaos.nemesis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// strace on a running node, which changes how its flushes end.
final class Tracer {
  /* Threads: one. A tracer that ends lets the node go on untouched. Its own account of what it changed is the evidence. */

  private static final String FLUSHES = "fsync,fdatasync,sync_file_range,msync";
  private static final Lookout ATTACHED = new Lookout(Duration.ofSeconds(20), Duration.ofMillis(5));

  /// The node that ended in our hands is gone within it.
  private static final Lookout GONE = new Lookout(Duration.ofSeconds(5), Duration.ofMillis(5));

  /// It lets go of every thread before it ends.
  private static final Duration DETACHED = Duration.ofSeconds(30);

  /// How it marks what it made of a flush.
  private static final String FAILED = "(INJECTED)";

  private static final String SLOWED = "(DELAYED)";

  /// The open file of a Raft log; strace names the file that is flushed.
  private static final String LOG_FILE = "/log_inprogress_";

  private final Process strace;
  private final Path account;

  private Tracer(Process strace, Path account) {
    this.strace = strace;
    this.account = account;
  }

  /// Attaches to every thread and returns when all are traced.
  ///
  /// @param change in strace's words: `error=EIO`, `delay_enter=20000`
  static Tracer attach(long pid, String change, Path account)
      throws IOException, InterruptedException {
    boolean _ = Files.deleteIfExists(account);
    Process strace =
        new ProcessBuilder(
                List.of(
                    "setsid", // a terminal's Ctrl-C is not for it
                    "strace",
                    "-f",
                    "-qq",
                    "-y", // names files
                    "-o",
                    account.toString(),
                    "-e",
                    "trace=" + FLUSHES,
                    "-e",
                    "inject=" + FLUSHES + ":" + change,
                    "-p",
                    Long.toString(pid)))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    boolean _ = ATTACHED.sees(() -> tracesAll(pid) || !strace.isAlive());
    if (!strace.isAlive() && !GONE.sees(() -> Frozen.hasEnded(pid))) {
      throw new IOException(
          "strace did not attach: pid=%d exit_code=%d; ptrace must be allowed here"
              .formatted(pid, strace.exitValue()));
    }
    return new Tracer(strace, account);
  }

  private static boolean tracesAll(long pid) {
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads.toList()) {
        if (Files.readString(thread.resolve("status")).contains("TracerPid:\t0\n")) {
          return false;
        }
      }
      return true;
    } catch (IOException threadEnded) {
      return false;
    }
  }

  /// How many flushes it says it changed.
  long changed() throws IOException {
    return flushes(FAILED) + flushes(SLOWED);
  }

  /// How many flushes of a Raft log failed.
  long failedLogFlushes() throws IOException {
    return flushes(FAILED, LOG_FILE);
  }

  private long flushes(String... marks) throws IOException {
    if (!Files.exists(account)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(account)) {
      return calls(lines.toList()).stream()
          .filter(call -> Stream.of(marks).allMatch(call::contains))
          .count();
    }
  }

  /// One line for each call that has come back; of one that others interrupted strace tells the
  /// beginning and the end in a line each, both with the thread's id in front.
  static List<String> calls(List<String> lines) {
    Map<String, String> begun = new HashMap<>();
    List<String> calls = new ArrayList<>();
    for (String line : lines) {
      String thread = line.split(" ", 2)[0];
      if (line.endsWith("<unfinished ...>")) {
        begun.put(thread, line);
      } else {
        String beginning = line.contains(" resumed>") ? begun.remove(thread) : null;
        calls.add(beginning == null ? line : beginning + line);
      }
    }
    return calls;
  }

  /// Lets the node go on by itself. It has ended by itself where the node has. False: it had to be
  /// killed, and the kernel let the node go.
  boolean detach() throws InterruptedException {
    strace.destroy();
    if (strace.waitFor(DETACHED)) {
      return true;
    }
    Process _ = strace.destroyForcibly();
    boolean _ = strace.waitFor(DETACHED);
    return false;
  }
}
