package io.vxmeta.chaos.cluster;

import io.vxmeta.shardmap.NodeId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One run of a node, from its start to its exit.
public final class NodeProcess {
  /* Threads: a virtual thread copies the node's standard output to node.out and looks for the ready line. Everything else
   * may be called from any thread. The log goes straight to node.log; both files are appended to, run after run. */

  private static final String READY = "vxmeta: ready ";

  /// Lines of the log that a message about its end repeats.
  private static final int LAST_WORDS_LINES = 8;

  /// The kernel takes a process at once, unless it waits for a disk.
  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(60);

  private final NodeId node;
  private final Process process;
  private final Path log;
  private final long logStart;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  private NodeProcess(NodeId node, Process process, Path log, long logStart) {
    this.node = node;
    this.process = process;
    this.log = log;
    this.logStart = logStart;
  }

  /// Starts the command; call on a thread that outlives the node (see [Launcher]).
  static NodeProcess start(NodeId node, List<String> command, Path folder) throws IOException {
    Path log = folder.resolve("node.log");
    long logStart = Files.exists(log) ? Files.size(log) : 0;
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    NodeProcess started = new NodeProcess(node, process, log, logStart);
    // Not virtual: reading a pipe holds the carrier, and three nodes would hold all of a small
    // machine's.
    Thread.ofPlatform()
        .daemon()
        .name("output-" + node)
        .start(() -> started.copyOutput(folder.resolve("node.out")));
    return started;
  }

  /// To the end of it, also when it can not be kept: a node whose output nobody reads stands still.
  private void copyOutput(Path file) {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        keep(file, line);
        // After it is kept: whoever waited for the line may read it in the file.
        if (line.startsWith(READY)) {
          ready.complete(null);
        }
      }
    } catch (IOException closed) {
      // The node has ended, or waits for us in vain: whoever waits for it is told so.
    }
  }

  private static void keep(Path file, String line) {
    try {
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException noRoom) {
      // The next line may find some.
    }
  }

  public NodeId node() {
    return node;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// Whether it has said that it is ready.
  public boolean isReady() {
    return ready.isDone();
  }

  /// Completed with its ready line.
  CompletableFuture<Void> ready() {
    return ready;
  }

  /// What it ended with; empty while it runs.
  OptionalInt exitCode() {
    return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
  }

  /// Completed with the exit code.
  public CompletableFuture<Integer> exit() {
    return process.onExit().thenApply(Process::exitValue);
  }

  /// Waits for the ready line.
  public void awaitReady(Duration timeout) throws NodeStopped, InterruptedException {
    try {
      CompletableFuture.anyOf(ready, process.onExit())
          .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      throw new NodeStopped(node, OptionalInt.empty(), lastWords());
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for a process failed: node=" + node, e);
    }
    if (!process.isAlive()) {
      throw new NodeStopped(node, OptionalInt.of(process.exitValue()), lastWords());
    }
  }

  void send(Signal signal) throws IOException {
    if (signal == Signal.TERM) {
      process.destroy();
    } else if (process.isAlive()) {
      boolean _ = signal.sendTo(process.pid());
    }
  }

  /// Kills the process and does not wait for its end.
  void destroy() {
    process.destroyForcibly();
  }

  /// Kills the process and returns when it is gone.
  void kill() {
    process.destroyForcibly();
    try {
      Process _ = process.onExit().orTimeout(KILL_TIMEOUT.toSeconds(), TimeUnit.SECONDS).join();
    } catch (CompletionException late) {
      throw new IllegalStateException(
          "a node outlives kill -9: node=%s pid=%d waited=%s; does its disk hang?"
              .formatted(node, process.pid(), KILL_TIMEOUT),
          late);
    }
  }

  /// What this run last wrote to its log: its error line if there is one, else the last lines.
  public String lastWords() {
    try {
      byte[] bytes = Files.readAllBytes(log);
      int from = (int) Math.min(logStart, bytes.length);
      List<String> lines =
          new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank())
              .toList();
      return lines.stream()
          .filter(line -> line.startsWith("vxmeta: error"))
          .findFirst()
          .orElseGet(() -> tail(lines));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read a node's log: file=" + log, e);
    }
  }

  private static String tail(List<String> lines) {
    return String.join(
        " | ", lines.subList(Math.max(0, lines.size() - LAST_WORDS_LINES), lines.size()));
  }
}
