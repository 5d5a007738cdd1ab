package io.vxmeta.raft.ratis;

import java.nio.file.Path;

/// What a group's log files hold, as found before Ratis opens them.
public sealed interface LogState {
  /// No entry: a new group, or one whose whole log is covered by a snapshot.
  ///
  /// @param next index of the first entry that may follow, as far as the files know; else 0
  record Empty(long next) implements LogState {}

  /// Every record from `first` to `last` is whole.
  record Whole(long first, long last) implements LogState {}

  /// Whole up to `last`, and behind it the beginning of a record that was never flushed, so never
  /// acknowledged.
  ///
  /// @param file the open log file
  /// @param keepBytes where that record begins
  record Torn(long first, long last, Path file, long keepBytes) implements LogState {}

  /// Entries that may have been acknowledged can not be read.
  record Damaged(String what) implements LogState {}
}
