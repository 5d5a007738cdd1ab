package io.vxmeta.deploy.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.chaos.host.Command;
import io.vxmeta.client.Release;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// The nodes of the compose file run as people start them: a tar, an image by the recipe, three
/// containers, `vxctl` in one of them.
final class ComposeIT {
  /* What differs from what people start: the base, which is a stand-in for Debian (no image can be fetched), the limits, which
   *   an engine that may not raise its own can not give, JVMs that fit three on a small machine, and how often health is looked at. The file
   *   itself is a copy beside a tar, in folders as they are in the tree.
   * Ends what it started, also when it fails: containers, network, volumes, image. */

  private static final String PROJECT = "vxmeta-compose-it";
  private static final String IMAGE = "vxmeta-compose-it:test";
  private static final String BASE = "vxmeta-base:bookworm";
  private static final List<String> NODES = List.of("node-1", "node-2", "node-3");
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  @TempDir private Path folder;

  @Test
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  @EnabledIfSystemProperty(
      named = "vx.long",
      matches = "true",
      disabledReason = "takes a minute or two; ContainersIT runs the image in every run")
  void threeNodesServeAndOneThatRestartsHasWhatItMissed() throws Exception {
    Optional<String> impossible = whyNot();
    assumeTrue(impossible.isEmpty(), () -> impossible.orElse(""));
    layOut();
    try {
      List<String> up = new ArrayList<>(List.of("up", "-d", "--build"));
      up.addAll(NODES);
      compose(up);
      for (String node : NODES) {
        awaitHealthy(node);
      }
      assertTrue(vxctl("node-1", "--version").startsWith("vxctl " + Release.VERSION + "\n"));
      assertTrue(in("node-1", "vxmeta", "--version").startsWith("vxmeta " + Release.VERSION));
      vxctl("node-1", "put", "before", "seen");
      assertEquals("seen", vxctl("node-2", "get", "before").strip());

      compose(List.of("stop", "node-3"));
      assertEquals("0", inspect("node-3", "{{.State.ExitCode}}"), "it stopped when it was told to");
      vxctl("node-1", "put", "meanwhile", "kept");
      compose(List.of("start", "node-3"));
      awaitHealthy("node-3");
      assertEquals("seen", vxctl("node-3", "get", "before", "--node", "node-3").strip());
      assertEquals("kept", vxctl("node-3", "get", "meanwhile", "--node", "node-3").strip());
    } catch (IOException | AssertionError failed) {
      System.out.println(compose(List.of("logs", "--tail", "40")));
      throw failed;
    } finally {
      compose(List.of("down", "--volumes", "--timeout", "5"));
      String _ = Command.run("docker", "rmi", "--force", IMAGE);
    }
  }

  private static Optional<String> whyNot() {
    if (System.getenv("DOCKER_HOST") == null) {
      return Optional.of(
          "no container engine: DOCKER_HOST is not set; eval"
              + " \"$(chaos/src/test/containers/engine-up)\"");
    }
    if (composeCommand().isEmpty()) {
      return Optional.of("no docker compose and no docker-compose: apt-get install docker-compose");
    }
    return jars().isPresent()
        ? Optional.empty()
        : Optional.of("no jars to ship: this class path has folders of classes; run ./vx test");
  }

  private static Optional<List<String>> composeCommand() {
    return Stream.of(List.of("docker", "compose"), List.of("docker-compose"))
        .filter(ComposeIT::answers)
        .findFirst();
  }

  private static boolean answers(List<String> command) {
    List<String> version = new ArrayList<>(command);
    version.add("version");
    try {
      return !Command.run(version).isEmpty();
    } catch (IOException notThere) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// The folder with the jars that are shipped, if nodes are run from such.
  private static Optional<Path> jars() {
    return Arrays.stream(System.getProperty("vxmeta.node-class-path", "").split(File.pathSeparator))
        .map(Path::of)
        .filter(entry -> String.valueOf(entry.getFileName()).startsWith("vx-meta-deploy-"))
        .filter(Files::isRegularFile)
        .map(Path::getParent)
        .findFirst();
  }

  private void layOut() throws IOException, InterruptedException {
    Path deploy = Files.createDirectories(folder.resolve("deploy"));
    Path dist = Files.createDirectories(folder.resolve(".vx/dist"));
    String _ =
        Command.run("cp", "-r", "compose.yaml", ".env", "docker", "prometheus", deploy.toString());
    String _ =
        Command.run(
            "env",
            "JAVA_HOME=" + System.getProperty("java.home"),
            "dist/assemble",
            jars().orElseThrow().toString(),
            dist.toString(),
            "--bare");
    StringBuilder changes = new StringBuilder("services:\n");
    NODES.forEach(node ->
        changes.append(
            """
              %s:
                image: %s
                environment:
                  VXMETA_JAVA_OPTS: -Xms96m -Xmx320m -Xss512k -XX:+UseSerialGC -XX:TieredStopAtLevel=1
                ulimits: {memlock: 8388608, nofile: 20000}
                healthcheck: {interval: 1s}
            """
                .formatted(node, IMAGE)));
    Files.writeString(deploy.resolve("of-a-test.yaml"), changes);
  }

  private String tar() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(".vx/dist"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".tar.gz"))
          .findFirst()
          .orElseThrow();
    }
  }

  private String compose(List<String> words) throws IOException, InterruptedException {
    Path deploy = folder.resolve("deploy");
    List<String> command =
        new ArrayList<>(List.of("env", "BASE=" + BASE, "DIST=" + tar(), "DOCKER_BUILDKIT=0"));
    command.addAll(composeCommand().orElseThrow());
    command.addAll(
        List.of(
            "-f", deploy.resolve("compose.yaml").toString(),
            "-f", deploy.resolve("of-a-test.yaml").toString(),
            "-p", PROJECT));
    command.addAll(words);
    return Command.run(command);
  }

  private String vxctl(String node, String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("vxctl"));
    command.addAll(List.of(words));
    return in(node, command.toArray(String[]::new));
  }

  private String in(String node, String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker", "exec", id(node)));
    command.addAll(List.of(words));
    return Command.run(command);
  }

  private String id(String node) throws IOException, InterruptedException {
    return Command.run(
            "docker",
            "ps",
            "-aq",
            "--filter",
            "label=com.docker.compose.project=" + PROJECT,
            "--filter",
            "label=com.docker.compose.service=" + node)
        .strip();
  }

  private String inspect(String node, String what) throws IOException, InterruptedException {
    return Command.run("docker", "inspect", "--format", what, id(node)).strip();
  }

  /// By the image's own check; the test's time is the limit.
  private void awaitHealthy(String node) throws IOException, InterruptedException {
    while (!inspect(node, "{{.State.Health.Status}}").equals("healthy")) {
      assertEquals("0", inspect(node, "{{.RestartCount}}"), node + " does not come up");
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }
}
