package io.vxmeta.chaos.host;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program of this machine, run to its end.
public final class Command {
  private static final ProcessBuilder.Redirect NOTHING =
      ProcessBuilder.Redirect.from(new File("/dev/null"));

  /// Nothing we run takes longer, not even what makes an image.
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private Command() {}

  /// What it printed on both outputs; fails unless it ended with 0, in time.
  public static String run(String... words) throws IOException, InterruptedException {
    return run(List.of(words));
  }

  public static String run(List<String> words) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(words).redirectErrorStream(true).redirectInput(NOTHING).start();
    var _ =
        process
            .onExit()
            .orTimeout(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
            .exceptionally(_ -> process.destroyForcibly());
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException(
          "a command failed: command=%s exit_code=%d; it said: %s"
              .formatted(String.join(" ", words), code, said.strip()));
    }
    return said;
  }
}
