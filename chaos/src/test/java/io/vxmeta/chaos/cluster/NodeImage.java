package io.vxmeta.chaos.cluster;

import io.vxmeta.chaos.host.Command;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The image of a node: a Java runtime cut to what a node needs, and the node's own class path.
final class NodeImage {
  /* Layout: /opt/vxmeta/runtime, /opt/vxmeta/lib/<number>-<name> (jars, and class folders as they are), in the order of the
   * class path. The runtime comes first, so that the engine's cache keeps it. */

  static final String NAME = "vxmeta-node:test";
  static final String JAVA = "/opt/vxmeta/runtime/bin/java";
  private static final String BASE = "vxmeta-base:bookworm";

  /// What a node's class path asks of the JDK.
  private static final String MODULES =
      "java.base,java.logging,java.management,java.naming,java.security.jgss,java.sql,java.xml,"
          + "java.instrument,jdk.unsupported,jdk.httpserver,jdk.management,jdk.crypto.ec";

  private static final String RECIPE =
      """
      FROM %s
      COPY runtime /opt/vxmeta/runtime
      COPY lib /opt/vxmeta/lib
      CMD ["%s", "-version"]
      """
          .formatted(BASE, JAVA);

  private final List<String> classPath;

  private NodeImage(List<String> classPath) {
    this.classPath = classPath;
  }

  /// Builds it; the folder keeps what it is made of.
  static NodeImage build(Path folder) throws IOException, InterruptedException {
    Path lib = Files.createDirectories(folder.resolve("lib"));
    List<Path> entries =
        Stream.of(JavaCommand.productionClassPath().split(File.pathSeparator))
            .map(Path::of)
            .filter(Files::exists)
            .toList();
    List<String> inside = new ArrayList<>();
    for (Path entry : entries) {
      String name = "%03d-%s".formatted(inside.size(), entry.getFileName());
      String _ = Command.run("cp", "-r", entry.toString(), lib.resolve(name).toString());
      inside.add("/opt/vxmeta/lib/" + name);
    }
    String jlink = Path.of(System.getProperty("java.home"), "bin", "jlink").toString();
    String _ =
        Command.run(
            jlink,
            "--add-modules",
            MODULES,
            "--strip-debug",
            "--no-header-files",
            "--no-man-pages",
            "--output",
            folder.resolve("runtime").toString());
    Path _ = Files.writeString(folder.resolve("Dockerfile"), RECIPE);
    String _ = Command.run("docker", "build", "-q", "-t", NAME, folder.toString());
    return new NodeImage(inside);
  }

  String classPath() {
    return String.join(File.pathSeparator, classPath);
  }
}
