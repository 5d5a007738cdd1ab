package io.vxmeta.chaos.host;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/// What must be undone on this machine when we are gone, however we go.
public final class LastWill implements AutoCloseable {
  /* A shell in a session of its own reads commands from us until its input ends, which the kernel sees to when this JVM dies
   * of kill -9, too; then it does them, the last one first. A command must be harmless when there is nothing to undo.
   * Threads: one. */

  private static final String EXECUTOR =
      """
      will=$(cat)
      printf '%s\\n' "$will" | tac | while IFS= read -r line; do sh -c "$line"; done
      """;

  /// A disk that hangs can not be unmounted; the will is still done when it goes on.
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final Process shell;
  private final Writer words;

  public LastWill() throws IOException {
    this.shell =
        new ProcessBuilder(List.of("setsid", "sh", "-c", EXECUTOR))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    this.words = shell.outputWriter(StandardCharsets.UTF_8);
  }

  /// BEFORE the thing is done.
  public void undo(String command) throws IOException {
    words.write(command + "\n");
    words.flush();
  }

  /// Undoes everything now; returns when it is done, and fails when that takes too long.
  @Override
  public void close() throws IOException {
    words.close();
    try {
      if (!shell.waitFor(TIMEOUT)) {
        throw new IOException(
            "what was done to this machine is not undone yet: pid=%d waited=%s; see mount, ip netns"
                .formatted(shell.pid(), TIMEOUT));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
