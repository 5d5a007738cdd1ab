package io.vxmeta.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The source tree these tests run in.
record Repository(Path root) {
  private static final Set<String> NOT_SOURCE =
      Set.of(".git", ".vx", "target", ".idea", ".vscode", ".settings");
  private static final Set<String> TEXT_ENDINGS =
      Set.of("java", "xml", "md", "proto", "yml", "yaml", "properties", "sh", "config", "txt");

  /// Finds the tree by walking up from the working directory to the script at its top.
  static Repository here() {
    Path start = Path.of("").toAbsolutePath();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isRegularFile(folder.resolve("vx"))
          && Files.isDirectory(folder.resolve("shard-map"))) {
        return new Repository(folder);
      }
    }
    throw new IllegalStateException(
        "no repository above the working directory: expected a folder with vx and shard-map/ above"
            + " directory="
            + start
            + "; run the tests from the source tree");
  }

  /// Every source file, by path from the top, sorted.
  List<Path> files() {
    return filesBelow(root);
  }

  /// Every file people read and edit as text.
  List<Path> textFiles() {
    return files().stream().filter(Repository::isText).toList();
  }

  List<Path> filesEndingWith(String ending) {
    return files().stream().filter(file -> file.toString().endsWith(ending)).toList();
  }

  List<Path> topLevel() {
    try (Stream<Path> entries = Files.list(root)) {
      return entries
          .map(Path::getFileName)
          .filter(name -> !NOT_SOURCE.contains(name.toString()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> lines(Path file) {
    try {
      return Files.readAllLines(root.resolve(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read as UTF-8 text: file=" + file, e);
    }
  }

  boolean contains(Path path) {
    return Files.exists(root.resolve(path));
  }

  private List<Path> filesBelow(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> !NOT_SOURCE.contains(entry.getFileName().toString()))
          .sorted()
          .flatMap(entry ->
              Files.isDirectory(entry)
                  ? filesBelow(entry).stream()
                  : Stream.of(root.relativize(entry)))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isText(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot < 0 || TEXT_ENDINGS.contains(name.substring(dot + 1));
  }
}
