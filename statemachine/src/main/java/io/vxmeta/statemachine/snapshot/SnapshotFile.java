package io.vxmeta.statemachine.snapshot;

/// One file of a snapshot as its manifest describes it.
///
/// @param name inside the snapshot's directory
/// @param length in bytes
/// @param crc32c of the whole file
public record SnapshotFile(String name, long length, int crc32c) {
  /// True for a part of a table: what two snapshots can share.
  public boolean isSegment() {
    return SnapshotNames.isSegment(name);
  }
}
