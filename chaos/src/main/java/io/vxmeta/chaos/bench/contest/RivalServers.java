package io.vxmeta.chaos.bench.contest;

import io.vxmeta.chaos.cluster.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The server processes of a store that is compared with vx-meta.
final class RivalServers implements AutoCloseable {
  /* Threads: the benchmark's. The kernel kills the servers when that thread is gone, however it went. */

  private static final Path DEATH_SIGNAL = Path.of("/usr/bin/setpriv");

  /// Where Debian and others put servers, besides what is on the PATH.
  private static final List<String> FOLDERS = List.of("/usr/bin", "/usr/sbin", "/usr/local/bin");

  private final List<Process> processes = new ArrayList<>();

  /// The program's full name.
  static String program(String name, String remedy) throws IOException {
    List<String> folders = new ArrayList<>(FOLDERS);
    folders.addAll(List.of(System.getenv().getOrDefault("PATH", "").split(":")));
    return folders.stream()
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElseThrow(
            () -> new IOException("no program to compare with: program=" + name + "; " + remedy));
  }

  /// Starts one; what it says goes to a file.
  void start(List<String> command, Path log) throws IOException {
    List<String> tied = new ArrayList<>();
    if (Files.isExecutable(DEATH_SIGNAL)) {
      tied.addAll(List.of(DEATH_SIGNAL.toString(), "--pdeathsig", "KILL"));
    }
    tied.addAll(command);
    processes.add(
        new ProcessBuilder(tied).redirectErrorStream(true).redirectOutput(log.toFile()).start());
  }

  List<Long> pids() {
    return processes.stream().map(Process::pid).toList();
  }

  /// Fails when one of them has ended.
  void requireAlive(Path folder) throws IOException {
    for (Process process : processes) {
      if (!process.isAlive()) {
        throw new IOException(
            "a server to compare with has ended: exit_code="
                + process.exitValue()
                + "; see the logs in "
                + folder);
      }
    }
  }

  static List<Integer> ports(int count) {
    return FreePorts.pick(count);
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
    processes.forEach(process -> process.onExit().join());
  }
}
