package io.vxmeta.statemachine.snapshot;

/// The points at which a power cut is tested: what is on disk there decides what is found
/// afterwards.
enum SnapshotStep {
  /// The directory being written is there and empty.
  BEGUN,
  /// One more segment is written and flushed, or linked.
  SEGMENT_WRITTEN,
  /// The producers are written and flushed.
  PRODUCERS_WRITTEN,
  /// The manifest is written and flushed.
  MANIFEST_WRITTEN,
  /// The names in the directory are flushed.
  DIRECTORY_FLUSHED,
  /// A snapshot of the same index, if there is one, has made room for its name.
  REPLACED_RENAMED,
  /// The directory has its final name.
  RENAMED,
  /// That name is flushed: from here on the snapshot counts.
  PUBLISHED
}
