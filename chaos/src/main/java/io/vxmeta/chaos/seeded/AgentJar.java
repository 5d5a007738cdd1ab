package io.vxmeta.chaos.seeded;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/// The jar that `-javaagent` asks for: nothing but a manifest, since the class is on the class
/// path.
final class AgentJar {
  static final String NAME = "seeded-agent.jar";

  private AgentJar() {}

  /// The JVM option that starts the agent with these parts; writes the jar into the folder.
  static String option(Path folder, Collection<String> parts) throws IOException {
    Path jar = Files.createDirectories(folder).resolve(NAME);
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(new Attributes.Name("Premain-Class"), Agent.class.getName());
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      out.finish();
    }
    return "-javaagent:" + jar.toAbsolutePath() + "=" + String.join(",", parts);
  }
}
