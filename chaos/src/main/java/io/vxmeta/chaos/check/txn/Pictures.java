package io.vxmeta.chaos.check.txn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// Writes what convicts a history into files, for people.
public final class Pictures {
  /// Of a history's id in a file name; the rest stands in the file.
  private static final int NAME_MAX = 100;

  private Pictures() {}

  /// Writes `ID-ANOMALY.txt` with the proof and its lines, and for a cycle `.svg` and `.dot`; of
  /// several anomalies of one name the first. Throws [UncheckedIOException].
  public static void write(Path directory, String id, Verdict verdict) {
    Set<String> written = new HashSet<>();
    for (Anomaly anomaly : verdict.anomalies()) {
      if (written.add(anomaly.name())) {
        write(directory, fileName(id) + "-" + anomaly.name(), anomaly);
      }
    }
  }

  /// An id may be anything; a file name may not.
  private static String fileName(String id) {
    String plain = id.replaceAll("[^A-Za-z0-9._-]", "_");
    return plain.substring(0, Math.min(plain.length(), NAME_MAX));
  }

  private static void write(Path directory, String name, Anomaly anomaly) {
    try {
      Files.createDirectories(directory);
      String text = anomaly.proof() + "\n\n" + String.join("\n", anomaly.lines()) + "\n";
      Files.writeString(directory.resolve(name + ".txt"), text);
      if (anomaly.picture().isPresent()) {
        Files.writeString(directory.resolve(name + ".svg"), anomaly.picture().get().svg());
        Files.writeString(directory.resolve(name + ".dot"), anomaly.picture().get().dot());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
