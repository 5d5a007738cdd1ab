package io.vxmeta.deploy.dist;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Properties;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;

/// Finds the libraries that a jar carries inside under other package names, by what their builds
/// left in it.
final class ShadedParts {
  /* Three traces, none of them complete: the pom.properties of each artifact; Netty's list of versions, which it renames when it
   * is shaded; and, in the one jar that exists to be shaded, the list of dependencies its build writes. */

  private static final Pattern POM = Pattern.compile("META-INF/maven/[^/]+/[^/]+/pom\\.properties");
  private static final Pattern NETTY =
      Pattern.compile("META-INF/(?:[\\w.]+\\.)?io\\.netty\\.versions\\.properties");
  private static final Pattern NETTY_VERSION = Pattern.compile("(netty-[\\w-]+)\\.version");
  private static final String DEPENDENCIES = "META-INF/DEPENDENCIES";
  private static final Pattern DEPENDENCY =
      Pattern.compile(" ([\\w.-]+):([\\w.-]+):(?:jar|bundle):([\\w.-]+)$");

  /// Its list of dependencies is the list of what it shades; another jar's is not.
  private static final String ONLY_SHADES = "ratis-thirdparty-misc";

  /// A library inside another one's jar.
  record Part(String group, String name, String version) implements Comparable<Part> {
    @Override
    public int compareTo(Part other) {
      return purl().compareTo(other.purl());
    }

    /// As package URLs name it.
    String purl() {
      return "pkg:maven/" + group + "/" + name + "@" + version + "?type=jar";
    }
  }

  private ShadedParts() {}

  /// What is inside, without the jar's own artifact.
  static SortedSet<Part> of(Path jar) throws IOException {
    String file = String.valueOf(jar.getFileName());
    SortedSet<Part> parts = new TreeSet<>();
    try (JarFile open = new JarFile(jar.toFile())) {
      for (ZipEntry entry : open.stream().toList()) {
        if (POM.matcher(entry.getName()).matches()) {
          parts.add(artifact(properties(open, entry)));
        } else if (NETTY.matcher(entry.getName()).matches()) {
          addNetty(properties(open, entry), parts);
        } else if (entry.getName().equals(DEPENDENCIES) && file.startsWith(ONLY_SHADES)) {
          addDependencies(open, entry, parts);
        }
      }
    }
    parts.removeIf(part -> file.equals(part.name() + "-" + part.version() + ".jar"));
    return parts;
  }

  private static Properties properties(JarFile jar, ZipEntry entry) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = jar.getInputStream(entry)) {
      properties.load(in);
    }
    return properties;
  }

  private static Part artifact(Properties pom) {
    return new Part(
        pom.getProperty("groupId", "unknown"),
        pom.getProperty("artifactId", "unknown"),
        pom.getProperty("version", "unknown"));
  }

  private static void addNetty(Properties versions, SortedSet<Part> parts) {
    for (String key : versions.stringPropertyNames()) {
      Matcher name = NETTY_VERSION.matcher(key);
      if (name.matches()) {
        parts.add(new Part("io.netty", name.group(1), versions.getProperty(key, "unknown")));
      }
    }
  }

  private static void addDependencies(JarFile jar, ZipEntry entry, SortedSet<Part> parts)
      throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(jar.getInputStream(entry), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher dependency = DEPENDENCY.matcher(line);
        if (dependency.find()) {
          parts.add(new Part(dependency.group(1), dependency.group(2), dependency.group(3)));
        }
      }
    }
  }
}
