package io.vxmeta.chaos.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// The folder beside the sources where `./vx` keeps what it makes.
public final class VxHome {
  /// Set by `./vx`; the working directory when somebody starts a command in another way.
  private static final String HOME_PROPERTY = "vxmeta.home";

  private VxHome() {}

  /// `./vx` itself, where the sources are there.
  public static Path script() {
    return Path.of(System.getProperty(HOME_PROPERTY, ""), "vx").toAbsolutePath();
  }

  /// A folder of that name, which need not exist.
  public static Path folder(String name) {
    return Path.of(System.getProperty(HOME_PROPERTY, ""), ".vx", name).toAbsolutePath();
  }

  /// The same, without what an earlier run left there.
  public static Path emptyFolder(String name) throws IOException {
    Path folder = folder(name);
    delete(folder);
    return Files.createDirectories(folder);
  }

  /// Deletes a folder, if there is one, and all that is in it.
  public static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> left = Files.walk(folder)) {
        for (Path path : left.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
