package io.vxmeta.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A vxctl that runs as its users run it, with what it prints kept in files.
public final class VxctlProcess {
  private final Process process;
  private final Path out;
  private final Path err;

  private VxctlProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /// A leader of a process group of its own, as a shell makes it one.
  ///
  /// @param name of its output files in the folder
  public static VxctlProcess start(Path folder, String name, List<String> words)
      throws IOException {
    List<String> command = new ArrayList<>();
    // A job in the background is born deaf to Ctrl-C; one at a terminal is not.
    command.addAll(List.of("setsid", "env", "--default-signal=INT"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JavaCommand.REQUIRED);
    command.addAll(List.of("-Xmx256m", "-cp", JavaCommand.productionClassPath()));
    command.add("io.vxmeta.client.cli.Vxctl");
    command.addAll(words);
    Path out = folder.resolve(name + ".out");
    Path err = folder.resolve(name + ".err");
    return new VxctlProcess(
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start(),
        out,
        err);
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// Sends the signal that a terminal sends for Ctrl-C to everything it started in its group.
  public void interrupt() throws IOException, InterruptedException {
    int _ =
        new ProcessBuilder("kill", "-INT", "--", "-" + process.pid()).inheritIO().start().waitFor();
  }

  /// Kills it as kill -9 does, and returns when it is gone.
  public void kill() throws InterruptedException {
    int _ = process.destroyForcibly().waitFor();
  }

  /// Its exit code; it is killed when it does not end in that time.
  public int exitCode(Duration patience) throws InterruptedException {
    try {
      assertTrue(
          process.waitFor(patience.toSeconds(), TimeUnit.SECONDS), "vxctl ends: " + process.info());
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  /// What it has printed on standard output so far.
  public String output() throws IOException {
    return Files.readString(out);
  }

  /// What it has printed on standard error so far.
  public String errors() throws IOException {
    return Files.readString(err);
  }
}
