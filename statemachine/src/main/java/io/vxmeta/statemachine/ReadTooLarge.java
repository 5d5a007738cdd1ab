package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;

/// The values of a multi-get are larger than one answer may be; nothing of it may be used.
public final class ReadTooLarge extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long bytes;

  ReadTooLarge(int keys, long bytes) {
    super(
        "expected values of at most "
            + Limits.READ_BYTES_MAX
            + " bytes together; keys="
            + keys
            + " bytes="
            + bytes
            + " and more; ask for fewer keys at once");
    this.bytes = bytes;
  }

  /// Bytes found when the limit was passed; all of them may be more.
  public long bytes() {
    return bytes;
  }
}
