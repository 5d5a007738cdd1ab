package io.vxmeta.statemachine.snapshot;

import io.vxmeta.statemachine.table.SegmentName;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// The names of files and directories of a snapshot store.
final class SnapshotNames {
  /* Digits are padded, so that names sort by index. Only names with a pattern of ours are ever opened or deleted. */

  static final String MANIFEST = "MANIFEST";
  static final String PRODUCERS = "producers";

  /// Directory of a snapshot that is being written; worthless after a crash.
  static final String WRITING = "writing-";

  /// Directory of a snapshot that is being received; worthless after a crash.
  static final String INCOMING = "incoming";

  /// Directory of a snapshot that is being deleted.
  static final String DOOMED = "doomed-";

  /// Directory of a snapshot whose content is wrong; kept until there is a better one.
  static final String ASIDE = "aside-";

  /// Directory of a snapshot that one of the same index is about to replace.
  static final String REPLACED = "replaced-";

  /// File beside the manifest of a snapshot that holds something else than that says.
  static final String REJECTED = "REJECTED";

  private static final Pattern INDEX = Pattern.compile("\\d{20}");

  private SnapshotNames() {}

  static String directory(long index) {
    return String.format(Locale.ROOT, "%020d", index);
  }

  /// The index of a finished snapshot's directory; empty if it is none.
  static OptionalLong index(Path directory) {
    String name = fileName(directory);
    if (!INDEX.matcher(name).matches() || name.compareTo(directory(Long.MAX_VALUE)) > 0) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Long.parseLong(name));
  }

  /// What the directory is called while another one takes its name.
  static Path replaced(Path snapshot) {
    return snapshot.resolveSibling(REPLACED + fileName(snapshot));
  }

  /// The name that the directory had before; empty if it is none that is being replaced.
  static Optional<Path> replacedOf(Path directory) {
    String name = fileName(directory);
    if (!name.startsWith(REPLACED)) {
      return Optional.empty();
    }
    Path before = directory.resolveSibling(name.substring(REPLACED.length()));
    return index(before).isPresent() ? Optional.of(before) : Optional.empty();
  }

  /// True for what a crash left behind.
  static boolean isLeftover(Path directory) {
    String name = fileName(directory);
    return name.startsWith(WRITING) || name.equals(INCOMING) || name.startsWith(DOOMED);
  }

  /// True for a file that a manifest may list.
  static boolean isContent(String name) {
    return name.equals(PRODUCERS) || isSegment(name);
  }

  static boolean isSegment(String name) {
    try {
      return SegmentName.of(name).fileName().equals(name);
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  static String fileName(Path path) {
    Path name = path.getFileName();
    return name == null ? "" : name.toString();
  }
}
