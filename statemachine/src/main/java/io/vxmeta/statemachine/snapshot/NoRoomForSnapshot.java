package io.vxmeta.statemachine.snapshot;

import java.io.IOException;

/// A snapshot is not written or received now, because the disk has too little room for it.
public final class NoRoomForSnapshot extends IOException {
  private static final long serialVersionUID = 1L;

  private final long bytes;

  /// @param bytes that were asked for
  public NoRoomForSnapshot(long bytes, long usableBytes, long keptBytes) {
    super(
        "not writing a snapshot that leaves the log too little room: bytes="
            + bytes
            + " usableBytes="
            + usableBytes
            + " keptForTheLogBytes="
            + keptBytes
            + "; free disk space, it is tried again");
    this.bytes = bytes;
  }

  /// That were asked for.
  public long bytes() {
    return bytes;
  }
}
