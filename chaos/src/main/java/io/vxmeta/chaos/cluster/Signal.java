package io.vxmeta.chaos.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a process can be told from outside.
public enum Signal {
  /// Gone at once, nothing flushed, nothing said.
  KILL,
  /// Frozen: its sockets stay open, its clock goes on.
  STOP,
  /// Thawed.
  CONT,
  /// Asked to stop.
  TERM,
  /// A JVM says on its standard output what each of its threads does.
  QUIT;

  /// Sends it and returns when the kernel has it. False: the process has ended before, which no
  /// look beforehand could exclude.
  public boolean sendTo(long pid) throws IOException {
    Process kill =
        new ProcessBuilder("kill", "-" + name(), Long.toString(pid))
            .redirectErrorStream(true)
            .start();
    String said = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (kill.waitFor() == 0) {
        return true;
      }
      if (Files.exists(Path.of("/proc", Long.toString(pid)))) {
        throw new IOException(
            "cannot signal a process: signal=" + this + " pid=" + pid + ": " + said.strip());
      }
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while signalling: signal=" + this + " pid=" + pid, e);
    }
  }
}
