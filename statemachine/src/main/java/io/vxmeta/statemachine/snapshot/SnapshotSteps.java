package io.vxmeta.statemachine.snapshot;

/// Told of each step of writing a snapshot; a test stops the writer there.
@FunctionalInterface
interface SnapshotSteps {
  /// Nobody is told.
  SnapshotSteps UNOBSERVED = _ -> {};

  void reached(SnapshotStep step);
}
