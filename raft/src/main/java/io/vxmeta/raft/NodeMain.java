package io.vxmeta.raft;

import io.vxmeta.raft.NodeConfig.ConfigInvalid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server process: reads its configuration, runs one node, stops it on SIGTERM.
public final class NodeMain {
  /// Exit statuses, besides [Halt#STATUS].
  private static final int FAILED = 1;

  private static final int USAGE = 2;
  private static final String USAGE_TEXT =
      """
      usage: vxmeta --config FILE [--check] [--exit-with-stdin]
        --config FILE       the node's configuration (YAML)
        --check             only check the configuration
        --exit-with-stdin   stop when standard input ends: for processes that must not outlive their parent
      """;

  /// Names the AOT cache that this JVM was told to start from, if it was.
  private static final String AOT_CACHE = "vxmeta.aot-cache";

  private NodeMain() {}

  public static void main(String[] arguments) {
    int status = run(List.of(arguments));
    if (status != 0) {
      System.exit(status);
    }
  }

  private static int run(List<String> arguments) {
    int at = arguments.indexOf("--config");
    List<String> known = Arrays.asList("--config", "--check", "--exit-with-stdin");
    for (int i = 0; i < arguments.size(); i++) {
      boolean isFile = at >= 0 && i == at + 1;
      if (!isFile && !known.contains(arguments.get(i))) {
        return fail(USAGE, "unknown argument " + arguments.get(i) + "\n" + USAGE_TEXT);
      }
    }
    if (at < 0 || at + 1 >= arguments.size()) {
      return fail(USAGE, "expected --config FILE\n" + USAGE_TEXT);
    }
    try {
      NodeConfig config = ConfigReader.read(Path.of(arguments.get(at + 1)));
      if (arguments.contains("--check")) {
        System.out.println("vxmeta: configuration is valid node=" + config.self().value());
        return 0;
      }
      warnIfInsecure(config);
      unusedCache(System.getProperty(AOT_CACHE, ""), System.getProperty("java.vm.info", ""))
          .ifPresent(LoggerFactory.getLogger(NodeMain.class)::warn);
      serve(config, arguments.contains("--exit-with-stdin"));
      return 0;
    } catch (ConfigInvalid e) {
      return fail(USAGE, String.valueOf(e.getMessage()));
    } catch (NodeDirectory.Unusable | Ports.PortTaken e) {
      return fail(FAILED, String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      LoggerFactory.getLogger(NodeMain.class).error("start failed", e);
      String cause = Objects.requireNonNullElse(e.getMessage(), e.toString());
      return fail(FAILED, "cannot start: " + cause + "; the log above has the details");
    }
  }

  private static void warnIfInsecure(NodeConfig config) {
    if (config.insecure() && config.tls().isEmpty()) {
      Logger log = LoggerFactory.getLogger(NodeMain.class);
      log.warn(
          "INSECURE: `insecure: true` and no `tls`: everybody who reaches {} or {} can read and change everything",
          config.listen().client(),
          config.listen().peer());
    }
  }

  /// The JVM goes on without a cache that does not fit, and then without any: it starts in twice
  /// the time, for which there should be a reason in the log.
  ///
  /// @param vmInfo the JVM's `java.vm.info`, in which it says whether it shares anything
  static Optional<String> unusedCache(String cache, String vmInfo) {
    return cache.isEmpty() || vmInfo.contains("sharing")
        ? Optional.empty()
        : Optional.of(
            "started without the AOT cache, which is slow: the JVM did not take cache="
                + cache
                + "; it wants the JDK, the jars and the collector the cache was made with, java -Xlog:aot"
                + " -XX:AOTCache=... says what differs");
  }

  private static void serve(NodeConfig config, boolean exitWithStdin) throws IOException {
    Halt halt = new Halt(System.err);
    // A thread that dies of an Error leaves half a node: memory, a missing class, a broken
    // invariant. Said twice, because the Raft library puts a handler of its own in place.
    stopWhenAThreadDies(halt);
    Node node = Node.start(config, halt);
    stopWhenAThreadDies(halt);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("vx-shutdown")
                .unstarted(() -> {
                  node.close();
                  // A node that was told to stop and did has succeeded; the JVM would say 143.
                  Runtime.getRuntime().halt(0);
                }));
    System.out.println(
        "vxmeta: ready node="
            + config.self().value()
            + " client="
            + config.listen().client()
            + " admin="
            + node.admin()
            + " pid="
            + ProcessHandle.current().pid());
    if (exitWithStdin) {
      awaitEndOfInput();
      System.exit(0);
    }
    awaitForEver();
  }

  private static void stopWhenAThreadDies(Halt halt) {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, problem) -> halt.stop("thread " + thread.getName() + " died", problem));
  }

  /// The shut-down hook ends the process.
  private static void awaitForEver() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void awaitEndOfInput() throws IOException {
    while (System.in.read() >= 0) {
      // Whatever is typed has no meaning; only the end has.
    }
  }

  private static int fail(int status, String message) {
    System.err.println("vxmeta: error: " + message);
    return status;
  }
}
