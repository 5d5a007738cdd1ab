package io.vxmeta.statemachine.batch;

import java.util.Objects;

/// A part of a byte array: how keys and values are handed over without copying them.
public final class Slice {
  private final byte[] buffer;
  private final int offset;
  private final int length;

  private Slice(byte[] buffer, int offset, int length) {
    this.buffer = buffer;
    this.offset = Objects.checkFromIndexSize(offset, length, buffer.length);
    this.length = length;
  }

  /// The whole array.
  public static Slice of(byte[] bytes) {
    return new Slice(bytes, 0, bytes.length);
  }

  /// A part of the array.
  public static Slice of(byte[] buffer, int offset, int length) {
    return new Slice(buffer, offset, length);
  }

  /// Number of bytes.
  public int length() {
    return length;
  }

  void copyTo(byte[] target, int at) {
    System.arraycopy(buffer, offset, target, at, length);
  }
}
