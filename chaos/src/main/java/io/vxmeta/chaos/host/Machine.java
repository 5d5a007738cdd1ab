package io.vxmeta.chaos.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// What this machine has installed.
public final class Machine {
  /// Where administrators' programs are, also when the path of an ordinary user leaves them out.
  private static final String SYSTEM_FOLDERS = ":/usr/sbin:/sbin";

  private Machine() {}

  public static boolean has(String program) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + SYSTEM_FOLDERS;
    return Arrays.stream(path.split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  public static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }
}
