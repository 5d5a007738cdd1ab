package io.vxmeta.chaos.seeded;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Writes down which places of a seeded bug were executed: a bug that never was has not been missed
/// by anybody.
public final class Witness {
  /* Threads: any thread of the process tells; whoever is first to tell of a place writes it down BEFORE the place does its harm.
   * State is static because bytecode has nothing else to reach it by. Not through a channel: an interrupted thread would lose
   * the evidence. */

  /// In the folder of a node, or of a child process: a line for each place and process.
  static final String FILE = "seeded-bug.ran";

  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();
  private static volatile Optional<Path> file = Optional.empty();

  private Witness() {}

  /// Leaves evidence in this folder from now on.
  static void writeTo(Path folder) {
    file = Optional.of(folder.resolve(FILE));
  }

  /// Called by patched code.
  public static void ran(String place) {
    if (!TOLD.contains(place) && TOLD.add(place)) {
      file.ifPresent(evidence -> write(evidence, place));
    }
  }

  private static void write(Path evidence, String place) {
    try (FileOutputStream out = new FileOutputStream(evidence.toFile(), true)) {
      out.write((place + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write down what was executed: file=" + evidence, e);
    }
  }

  /// The places that any process of a scenario in this folder has executed.
  static Set<String> seen(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> below = Files.list(folder)) {
      files =
          Stream.concat(Stream.of(folder), below.filter(Files::isDirectory))
              .map(each -> each.resolve(FILE))
              .filter(Files::exists)
              .toList();
    }
    Set<String> seen = new HashSet<>();
    for (Path each : files) {
      seen.addAll(Files.readAllLines(each));
    }
    return seen;
  }
}
