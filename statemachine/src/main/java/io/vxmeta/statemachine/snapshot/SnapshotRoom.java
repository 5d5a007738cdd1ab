package io.vxmeta.statemachine.snapshot;

/// Says whether the disk has room for a snapshot BEFORE any of it is written: a snapshot can be
/// taken later, a log that finds the disk full can not go on.
@FunctionalInterface
public interface SnapshotRoom {
  /// For who writes where no log is.
  SnapshotRoom UNLIMITED = _ -> () -> {};

  /// Takes room for so many bytes, so that two who write at the same time do not count on the same.
  ///
  /// @throws NoRoomForSnapshot if there is not so much to spare; nothing was taken
  Taken take(long bytes) throws NoRoomForSnapshot;

  /// Room that was taken; given back when the bytes are written, or will not be.
  @FunctionalInterface
  interface Taken extends AutoCloseable {
    @Override
    void close();
  }
}
