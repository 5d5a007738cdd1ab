package io.vxmeta.chaos.verify;

import io.vxmeta.chaos.check.txn.Pictures;
import io.vxmeta.chaos.workload.Judgement.Finding;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Writes what convicts the history of single objects into files, for people.
final class Drawings {
  private Drawings() {}

  /// Writes `ID-ANOMALY.txt` with the proof and its lines and, where it is drawn, `.svg`; of
  /// several findings of one name the first. Throws [java.io.UncheckedIOException].
  static void write(Path directory, String id, List<Finding> findings) {
    Set<String> written = new HashSet<>();
    for (Finding finding : findings) {
      if (written.add(finding.name())) {
        Pictures.write(
            directory,
            Pictures.fileName(id) + "-" + finding.name(),
            new Pictures.Told(
                finding.proof(),
                finding.lines(),
                finding.picture().isEmpty() ? Map.of() : Map.of(".svg", finding.picture())));
      }
    }
  }
}
