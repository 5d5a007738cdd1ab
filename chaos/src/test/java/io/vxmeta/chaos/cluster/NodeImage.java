package io.vxmeta.chaos.cluster;

import io.vxmeta.chaos.host.Command;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/// The image that is shipped: made by its recipe, from the tar that the recipe is for.
final class NodeImage {
  /* The tar is one without manuals, completions and caches: what a node runs is as in the one for users.
   * The base is a local image, because nothing is fetched. */

  static final String NAME = "vxmeta-node:test";

  /// Who the recipe lets a node run as.
  static final int USER = 10_001;

  private static final String BASE = "vxmeta-base:bookworm";
  private static final Path DEPLOY = Path.of("..", "deploy").toAbsolutePath().normalize();

  private NodeImage() {}

  /// Why it can not be made, with the remedy; empty if it can.
  static Optional<String> whyNot() {
    return jars().isPresent()
        ? Optional.empty()
        : Optional.of("no jars to ship: this class path has folders of classes; run ./vx test");
  }

  /// The folder with the jars that are shipped, if nodes are run from such.
  private static Optional<Path> jars() {
    return Arrays.stream(JavaCommand.productionClassPath().split(File.pathSeparator))
        .map(Path::of)
        .filter(entry -> String.valueOf(entry.getFileName()).startsWith("vx-meta-deploy-"))
        .filter(Files::isRegularFile)
        .map(Path::getParent)
        .findFirst();
  }

  /// Builds it; the folder keeps the tar.
  static void build(Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    String _ =
        Command.run(
            "env",
            "JAVA_HOME=" + System.getProperty("java.home"),
            DEPLOY.resolve("dist/assemble").toString(),
            jars().orElseThrow().toString(),
            folder.toString(),
            "--bare");
    String _ =
        Command.run(
            "docker",
            "build",
            "-q",
            "-f",
            DEPLOY.resolve("docker/Dockerfile").toString(),
            "--build-arg",
            "BASE=" + BASE,
            "--build-arg",
            "DIST=" + tar(folder),
            "-t",
            NAME,
            folder.toString());
  }

  private static Path tar(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(Path::getFileName)
          .filter(file -> file.toString().endsWith(".tar.gz"))
          .findFirst()
          .orElseThrow();
    }
  }
}
