package io.vxmeta.statemachine.batch;

/// One transaction in the batch format, ready to be put behind any batch header.
public final class EncodedTransaction {
  /* Immutable by convention: whoever holds the array must not write to it. Made by one thread, appended by another. */

  private final byte[] bytes;

  EncodedTransaction(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Bytes this takes inside a batch.
  public int length() {
    return bytes.length;
  }

  /// The shard of the transaction's first key.
  public int shard() {
    return LittleEndian.u16(bytes, BatchLayout.TX_SHARD_AT);
  }

  /// Number of mutations; the coalescer counts them.
  public int mutations() {
    return LittleEndian.u16(bytes, BatchLayout.TX_MUTATIONS_AT);
  }

  void copyTo(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, bytes.length);
  }
}
