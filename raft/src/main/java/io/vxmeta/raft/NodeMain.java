package io.vxmeta.raft;

import io.vxmeta.client.Release;
import io.vxmeta.raft.NodeConfig.ConfigInvalid;
import io.vxmeta.raft.observe.LogSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server process: reads its configuration, runs one node, stops it on SIGTERM.
public final class NodeMain {
  /// Exit statuses, besides [Halt#STATUS].
  private static final int FAILED = 1;

  private static final int USAGE = 2;

  private static final String CONFIG_IS = "--config=";
  private static final String CHECK = "--check";
  private static final String EXIT_WITH_STDIN = "--exit-with-stdin";
  private static final Set<String> SWITCHES = Set.of(CHECK, EXIT_WITH_STDIN);

  private static final String USAGE_TEXT =
      """
      usage: vxmeta --config FILE [--check] [--exit-with-stdin] [--KEY VALUE ...]
             vxmeta config check FILE [--KEY VALUE ...]
             vxmeta config print-defaults
             vxmeta --version
        --config FILE           the node's configuration (YAML); VXMETA_CONFIG names it, too
        --KEY VALUE             a setting by its key in the file: --disk.reserve-bytes 0. It goes before the
                                environment (VXMETA_DISK_RESERVE_BYTES), that before the file
        --check                 only check the configuration
        --exit-with-stdin       stop when standard input ends: for processes that must not outlive their parent
        config check            says whether a node would start with the file
        config print-defaults   prints a file with every setting, what it takes and its default
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
    try {
      Optional<String> told = told(arguments, System.getenv());
      if (told.isPresent()) {
        System.out.print(told.get());
        return 0;
      }
      return start(Arguments.of(arguments, System.getenv()));
    } catch (WrongUsage e) {
      return fail(USAGE, e.getMessage() + "\n" + USAGE_TEXT);
    } catch (ConfigInvalid e) {
      return fail(USAGE, String.valueOf(e.getMessage()));
    }
  }

  /// What words are answered with that ask for something; empty: a node is to start.
  static Optional<String> told(List<String> arguments, Map<String, String> environment) {
    if (arguments.contains("--help") || arguments.contains("-h")) {
      return Optional.of(USAGE_TEXT);
    }
    if (arguments.contains("--version") || arguments.contains("-V")) {
      return Optional.of(Release.of("vxmeta") + "\n");
    }
    if (!arguments.isEmpty() && arguments.getFirst().equals("config")) {
      return Optional.of(ConfigCommand.run(arguments.subList(1, arguments.size()), environment));
    }
    return Optional.empty();
  }

  private static int start(Arguments arguments) {
    NodeConfig config = arguments.config();
    if (arguments.check()) {
      System.out.print(ConfigCommand.valid(config));
      return 0;
    }
    LogSetup.write(config.logs().format());
    try {
      warnIfInsecure(config);
      unusedCache(System.getProperty(AOT_CACHE, ""), System.getProperty("java.vm.info", ""))
          .ifPresent(LoggerFactory.getLogger(NodeMain.class)::warn);
      serve(config, arguments.exitWithStdin());
      return 0;
    } catch (NodeDirectory.Unusable | Ports.PortTaken e) {
      return fail(FAILED, String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      LoggerFactory.getLogger(NodeMain.class).error("start failed", e);
      String cause = Objects.requireNonNullElse(e.getMessage(), e.toString());
      return fail(FAILED, "cannot start: " + cause + "; the log above has the details");
    }
  }

  /// The command line of a node that is to start.
  ///
  /// @param file the configuration, if there is one
  record Arguments(
      Optional<Path> file, ConfigOverrides overrides, boolean check, boolean exitWithStdin) {
    static Arguments of(List<String> words, Map<String, String> environment) {
      Optional<Path> file =
          Optional.ofNullable(environment.get(ConfigOverrides.FILE)).map(Path::of);
      List<String> flags = new ArrayList<>();
      Set<String> switches = new HashSet<>();
      for (int at = 0; at < words.size(); at++) {
        String word = words.get(at);
        if (SWITCHES.contains(word)) {
          switches.add(word);
        } else if (word.equals("--config")) {
          if (++at == words.size()) {
            throw new WrongUsage("expected --config FILE");
          }
          file = Optional.of(Path.of(words.get(at)));
        } else if (word.startsWith(CONFIG_IS)) {
          file = Optional.of(Path.of(word.substring(CONFIG_IS.length())));
        } else if (word.startsWith("--")) {
          flags.add(word);
          boolean valueFollows = at + 1 < words.size() && !words.get(at + 1).startsWith("--");
          if (word.indexOf('=') < 0 && valueFollows) {
            flags.add(words.get(++at));
          }
        } else {
          throw new WrongUsage("unknown argument " + word);
        }
      }
      ConfigOverrides overrides = ConfigOverrides.of(environment, flags);
      if (file.isEmpty() && overrides.isEmpty()) {
        throw new WrongUsage("expected --config FILE");
      }
      return new Arguments(
          file, overrides, switches.contains(CHECK), switches.contains(EXIT_WITH_STDIN));
    }

    NodeConfig config() {
      return file.map(path -> ConfigReader.read(path, overrides))
          .orElseGet(() -> ConfigReader.readWithoutFile(overrides));
    }
  }

  /// The words on the command line mean nothing.
  static final class WrongUsage extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WrongUsage(String message) {
      super(message);
    }
  }

  private static void warnIfInsecure(NodeConfig config) {
    if (config.insecure() && config.tls().isEmpty()) {
      Logger log = LoggerFactory.getLogger(NodeMain.class);
      log.warn(
          "INSECURE: `insecure: true` and no `tls`: everybody who reaches {} or {} can read and"
              + " change everything",
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
                + "; it wants the JDK, the jars and the collector the cache was made with, java"
                + " -Xlog:aot -XX:AOTCache=... says what differs");
  }

  private static void serve(NodeConfig config, boolean exitWithStdin) throws IOException {
    Halt halt = new Halt(System.err);
    // A thread that dies of an Error leaves half a node: memory, a missing class, a broken
    // invariant. Said twice, because the Raft library puts a handler of its own in place.
    stopWhenAThreadDies(halt);
    if (exitWithStdin) {
      endWithInput();
    }
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
    var _ =
        node.left()
            .thenRun(() -> {
              LoggerFactory.getLogger(NodeMain.class)
                  .info(
                      "this node has left the cluster: it ends, and its data is of no use any"
                          + " more");
              // On a thread of its own: the shut-down hook waits for the one that completed this.
              var _ = Thread.ofPlatform().name("vx-left").start(() -> System.exit(0));
            });
    System.out.println(
        "vxmeta: ready node="
            + config.self().value()
            + " client="
            + config.listen().client()
            + " admin="
            + node.admin()
            + " pid="
            + ProcessHandle.current().pid());
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

  /// From the beginning: a start may wait for other nodes for ever.
  private static void endWithInput() {
    var _ =
        Thread.ofPlatform()
            .name("vx-stdin")
            .daemon()
            .start(() -> {
              try {
                while (System.in.read() >= 0) {
                  // Whatever is typed has no meaning; only the end has.
                }
              } catch (IOException gone) {
                // As good as its end.
              }
              System.exit(0);
            });
  }

  private static int fail(int status, String message) {
    System.err.println("vxmeta: error: " + message);
    return status;
  }
}
