package io.vxmeta.raft.observe;

/// How much of one group's live tables was walked since the process began.
public interface TableCounts {
  /// Sound ones.
  long tables();

  /// In sound tables.
  long records();

  /// Damaged tables.
  long damaged();
}
