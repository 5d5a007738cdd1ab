package io.vxmeta.client.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;

/// Where the shell remembers its lines, for its owner's eyes only: they hold keys and values.
///
/// @param folder that holds it; empty where nobody knows a home
record HistoryFile(Optional<Path> folder) {

  /// Below `XDG_STATE_HOME`, else below `~/.local/state`.
  static HistoryFile of(Map<String, String> variables) {
    Optional<Path> home =
        Optional.ofNullable(variables.get("HOME"))
            .filter(name -> !name.isEmpty())
            .map(name -> Path.of(name, ".local", "state"));
    Optional<Path> folder =
        Optional.ofNullable(variables.get("XDG_STATE_HOME"))
            .filter(name -> !name.isEmpty())
            .map(Path::of)
            .filter(Path::isAbsolute)
            .or(() -> home);
    return new HistoryFile(folder.map(each -> each.resolve("vxctl")));
  }

  /// The file, made if it was not there; empty, with a line that says so, if it can not be.
  Optional<Path> made(PrintStream err) {
    return folder.flatMap(in -> made(in, err));
  }

  private static Optional<Path> made(Path folder, PrintStream err) {
    Path file = folder.resolve("history");
    try {
      Files.createDirectories(folder, ownerOnly("rwx------"));
      if (!Files.exists(file)) {
        Files.createFile(file, ownerOnly("rw-------"));
      }
      return Optional.of(file);
    } catch (IOException unwritable) {
      err.println("vxctl: lines are not remembered: file=" + file + " cause=" + unwritable);
      return Optional.empty();
    }
  }

  private static FileAttribute<?>[] ownerOnly(String permissions) {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
