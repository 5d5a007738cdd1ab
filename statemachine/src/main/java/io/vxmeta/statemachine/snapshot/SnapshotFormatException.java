package io.vxmeta.statemachine.snapshot;

import java.io.IOException;

/// A snapshot, or a part of one, that is damaged or incomplete: another one may do.
public final class SnapshotFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /// @param message what was expected and what was found
  public SnapshotFormatException(String message) {
    super(message);
  }

  SnapshotFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
