package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// strace on a running node, which changes how its flushes end.
final class Tracer {
  /* Threads: one. A tracer that ends lets the node go on untouched. Its own account of what it changed is the evidence. */

  private static final String FLUSHES = "fsync,fdatasync,sync_file_range,msync";
  private static final long ATTACH_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Process strace;
  private final Path account;

  private Tracer(Process strace, Path account) {
    this.strace = strace;
    this.account = account;
  }

  /// Attaches to every thread and returns when all are traced.
  ///
  /// @param change in strace's words: `error=EIO`, `delay_enter=20000`
  static Tracer attach(long pid, String change, Path account) throws IOException {
    boolean _ = Files.deleteIfExists(account);
    Process strace =
        new ProcessBuilder(
                List.of(
                    "setsid", // a terminal's Ctrl-C is not for it
                    "strace",
                    "-f",
                    "-qq",
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
    long deadline = System.nanoTime() + ATTACH_NANOS;
    while (!tracesAll(pid) && strace.isAlive() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
    if (!strace.isAlive() && !Files.exists(Path.of("/proc", Long.toString(pid)))) {
      return new Tracer(strace, account);
    }
    if (!strace.isAlive()) {
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
    if (!Files.exists(account)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(account)) {
      return lines
          .filter(line -> line.contains("(INJECTED)") || line.contains("(DELAYED)"))
          .count();
    }
  }

  /// Lets the node go on by itself.
  void detach() throws IOException, InterruptedException {
    if (strace.isAlive()) {
      Signal.TERM.sendTo(strace.pid());
    }
    int _ = strace.waitFor();
  }
}
