package io.vxmeta.client.cli.doctor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// A machine as its kernel shows it in files.
///
/// @param root below which `proc`, `sys` and `run` are: `/`, a host's root seen from a container, a
///   made-up tree
/// @param process whose limits count: `self`, or a number
public record Machine(Path root, String process) {

  /// The text of a file, stripped; empty when it can not be read.
  Optional<String> text(String path) {
    try {
      return Optional.of(Files.readString(root.resolve(path)).strip());
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  /// Whether the process runs.
  public boolean isThere() {
    return has("proc/" + process);
  }

  boolean has(String path) {
    return Files.exists(root.resolve(path));
  }

  /// The rest of the line that begins with a name, in a file about the process.
  Optional<String> ofProcess(String file, String name) {
    return text("proc/" + process + "/" + file)
        .flatMap(text -> text.lines().filter(line -> line.startsWith(name)).findFirst())
        .map(line -> line.substring(name.length()).strip());
  }

  /// The names of all processes.
  Set<String> processes() {
    Set<String> names = new TreeSet<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(root.resolve("proc"), "[0-9]*")) {
      for (Path each : all) {
        text("proc/" + each.getFileName() + "/comm").ifPresent(names::add);
      }
    } catch (IOException unreadable) {
      // Then none is known, which is what the caller hears.
    }
    return names;
  }
}
