package io.vxmeta.statemachine.snapshot;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A finished snapshot on disk.
///
/// @param directory that holds its files
/// @param manifest its decoded manifest
public record Snapshot(Path directory, SnapshotManifest manifest) {

  /// Term of the last log entry in it.
  public long term() {
    return manifest.moment().term();
  }

  /// Index of the last log entry in it.
  public long index() {
    return manifest.moment().index();
  }

  /// Where a file of it is.
  public Path file(String name) {
    return directory.resolve(name);
  }

  /// Where the producers are.
  public Path producersFile() {
    return file(SnapshotNames.PRODUCERS);
  }

  /// Names of all files in the order of a transfer: the manifest last.
  public List<String> transferOrder() {
    List<String> names = new ArrayList<>(manifest.files().size() + 1);
    for (SnapshotFile file : manifest.files()) {
      names.add(file.name());
    }
    names.add(SnapshotNames.MANIFEST);
    return names;
  }
}
