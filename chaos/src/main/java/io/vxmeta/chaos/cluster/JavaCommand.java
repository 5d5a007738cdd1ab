package io.vxmeta.chaos.cluster;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// The command line of a node: this JVM's own Java, the class path of what is shipped, the server's
/// main class.
final class JavaCommand {
  static final String NODE_MAIN = "io.vxmeta.raft.NodeMain";

  /// What the server's libraries need on every JVM.
  static final List<String> REQUIRED =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+ExitOnOutOfMemoryError");

  /// Makes the kernel kill a node whose harness is gone, frozen nodes included. Part of util-linux.
  private static final Path DEATH_SIGNAL = Path.of("/usr/bin/setpriv");

  /// Keeps a terminal's Ctrl-C, which is the harness's to answer, from its nodes. Part of
  /// util-linux.
  private static final Path SESSION = Path.of("/usr/bin/setsid");

  /// The same where there is no such tool; a frozen node then stays until it is thawed.
  private static final String EXIT_WITH_STDIN = "--exit-with-stdin";

  /// Names the AOT cache of the jars on this JVM's class path; set by `./vx` once there is one.
  private static final String AOT_CACHE = "vxmeta.aot-cache";

  /// The jars of nodes that are not to run this JVM's own class path; set by `./vx test`.
  private static final String NODE_CLASS_PATH = "vxmeta.node-class-path";

  private JavaCommand() {}

  /// @param prefix words of a program that runs the rest of the line
  static List<String> node(List<String> prefix, List<String> jvmOptions, Path config) {
    boolean tied = Files.isExecutable(DEATH_SIGNAL);
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(SESSION)) {
      command.add(SESSION.toString());
    }
    if (tied) {
      command.addAll(List.of(DEATH_SIGNAL.toString(), "--pdeathsig", "KILL"));
    }
    command.addAll(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(REQUIRED);
    command.addAll(jvmOptions);
    command.addAll(fromCache(System.getProperty(AOT_CACHE, ""), jvmOptions));
    command.addAll(List.of("-cp", productionClassPath(), NODE_MAIN, "--config", config.toString()));
    if (!tied) {
      command.add(EXIT_WITH_STDIN);
    }
    return command;
  }

  /// Lets a node start from a cache. What the JVM thinks of it is not printed: the node says in one
  /// line when the cache was not taken. An agent that rewrites classes and a cache of classes do
  /// not go together, and a plan's own cache goes before ours.
  static List<String> fromCache(String cache, List<String> jvmOptions) {
    boolean without =
        jvmOptions.stream()
            .anyMatch(o -> o.startsWith("-javaagent:") || o.startsWith("-XX:AOTCache="));
    return cache.isEmpty() || without
        ? List.of()
        : List.of(
            "-XX:AOTCache=" + cache,
            "-Xlog:aot*=off",
            "-Xlog:cds*=off",
            "-D" + AOT_CACHE + "=" + cache);
  }

  /// The jars that are shipped where we were told them, else our own class path without test
  /// classes: a node runs what users run.
  static String productionClassPath() {
    String shipped = System.getProperty(NODE_CLASS_PATH, "");
    if (!shipped.isEmpty()) {
      return shipped;
    }
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(File.pathSeparator))
        .filter(entry -> !entry.contains("test-classes"))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
