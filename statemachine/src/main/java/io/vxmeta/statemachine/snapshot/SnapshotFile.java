package io.vxmeta.statemachine.snapshot;

import java.io.IOException;
import java.nio.file.Path;

/// One file of a snapshot as its manifest describes it.
///
/// @param name inside the snapshot's directory
/// @param length in bytes
/// @param crc32c of the whole file
public record SnapshotFile(String name, long length, int crc32c) {
  /// The file as it is; reads all of it.
  ///
  /// @throws java.nio.file.NoSuchFileException if it is missing
  public static SnapshotFile read(Path file) throws IOException {
    return Checksum.read(file);
  }

  /// True for a part of a table: what two snapshots can share.
  public boolean isSegment() {
    return SnapshotNames.isSegment(name);
  }
}
