package io.vxmeta.chaos.check.txn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Writes what convicts a history into files, for people.
public final class Pictures {
  /// Of a history's id in a file name; the rest stands in the file.
  private static final int NAME_MAX = 100;

  private Pictures() {}

  /// What convicts.
  ///
  /// @param lines of the history
  /// @param drawings by the ending of the file, `.svg` or `.dot`
  public record Told(String proof, List<String> lines, Map<String, String> drawings) {
    public Told {
      lines = List.copyOf(lines);
      drawings = Map.copyOf(drawings);
    }
  }

  /// Writes `ID-ANOMALY.txt` with the proof and its lines, and for a cycle `.svg` and `.dot`; of
  /// several anomalies of one name the first. Throws [UncheckedIOException].
  public static void write(Path directory, String id, Verdict verdict) {
    Set<String> written = new HashSet<>();
    for (Anomaly anomaly : verdict.anomalies()) {
      if (written.add(anomaly.name())) {
        Map<String, String> drawn =
            anomaly
                .picture()
                .map(picture -> Map.of(".svg", picture.svg(), ".dot", picture.dot()))
                .orElse(Map.of());
        write(
            directory,
            fileName(id) + "-" + anomaly.name(),
            new Told(anomaly.proof(), anomaly.lines(), drawn));
      }
    }
  }

  /// An id may be anything; a file name may not.
  public static String fileName(String id) {
    String plain = id.replaceAll("[^A-Za-z0-9._-]", "_");
    return plain.substring(0, Math.min(plain.length(), NAME_MAX));
  }

  /// Writes `NAME.txt` with the proof and its lines, and what is drawn under its ending. Throws
  /// [UncheckedIOException].
  public static void write(Path directory, String name, Told told) {
    try {
      Files.createDirectories(directory);
      String text = told.proof + "\n\n" + String.join("\n", told.lines) + "\n";
      Files.writeString(directory.resolve(name + ".txt"), text);
      for (Map.Entry<String, String> drawing : told.drawings.entrySet()) {
        Files.writeString(directory.resolve(name + drawing.getKey()), drawing.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
