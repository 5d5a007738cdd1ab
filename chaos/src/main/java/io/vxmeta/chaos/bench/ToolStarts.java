package io.vxmeta.chaos.bench;

import io.vxmeta.chaos.cluster.VxHome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts vxctl as its users do, through its launcher, and says how long each run took.
///
/// @param launcher the words that start it
record ToolStarts(List<String> launcher) {
  /// What `./vx` says when there is no AOT cache yet, and that it makes one once this run is over.
  static final String CACHE_TO_COME = "caches from which JVMs start faster are made";

  private static final double NANOS_PER_MS = 1e6;

  ToolStarts {
    launcher = List.copyOf(launcher);
  }

  /// `./vx ctl` of the sources this JVM was started from.
  static ToolStarts ofSources() throws IOException {
    Path script = VxHome.script();
    if (!Files.isExecutable(script)) {
      throw new IOException(
          "expected the script that starts vxctl; file="
              + script
              + "; name what starts it, as --vxctl bin/vxctl");
    }
    return new ToolStarts(List.of(script.toString(), "ctl"));
  }

  /// Milliseconds from the start of the process to its end.
  ///
  /// Fails unless it ends well and its output has that answer: a run that did something else is no
  /// measurement.
  double millis(List<String> arguments, String answer) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(launcher);
    command.addAll(arguments);
    long begun = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      double millis = (System.nanoTime() - begun) / NANOS_PER_MS;
      require(command, code, output, answer);
      return millis;
    } finally {
      process.destroyForcibly();
    }
  }

  private static void require(List<String> command, int code, String output, String answer)
      throws IOException {
    if (output.contains(CACHE_TO_COME)) {
      throw new IOException(
          "expected the caches that JVMs start from to be there; command="
              + command
              + "; they are being made: wait until .vx/aot-ctl.log is written, then run again");
    }
    if (code != 0 || !output.contains(answer)) {
      throw new IOException(
          "expected a run that ends with 0 and says \""
              + answer
              + "\"; command="
              + command
              + " code="
              + code
              + " output="
              + output.strip());
    }
  }
}
