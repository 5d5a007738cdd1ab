package io.vxmeta.statemachine.snapshot;

/// A sound snapshot whose files stay until it is closed.
///
/// @param snapshot where they are
/// @param pin that keeps them
public record KeptSnapshot(Snapshot snapshot, SnapshotStore.Pin pin) implements AutoCloseable {
  @Override
  public void close() {
    pin.close();
  }
}
