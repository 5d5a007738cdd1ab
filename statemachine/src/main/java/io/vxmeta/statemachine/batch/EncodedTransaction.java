package io.vxmeta.statemachine.batch;

/// One transaction in the batch format, ready to be put behind any batch header.
public final class EncodedTransaction {
  /* Immutable by convention: whoever holds the array must not write to it. Made by one thread, appended by another. */

  private final byte[] bytes;
  private final int formatVersion;
  private final int steps;

  EncodedTransaction(byte[] bytes, int formatVersion, int steps) {
    this.bytes = bytes;
    this.formatVersion = formatVersion;
    this.steps = steps;
  }

  /// The oldest format version that can say this.
  int formatVersion() {
    return formatVersion;
  }

  /// What applying it costs, about, in simple mutations; the coalescer bounds an entry by it.
  public int steps() {
    return steps;
  }

  /// Bytes this takes inside a batch.
  public int length() {
    return bytes.length;
  }

  /// The shard of the transaction's first key.
  public int shard() {
    return LittleEndian.u16(bytes, BatchLayout.TX_SHARD_AT);
  }

  /// Number of mutations.
  public int mutations() {
    return LittleEndian.u16(bytes, BatchLayout.TX_MUTATIONS_AT);
  }

  void copyTo(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, bytes.length);
  }
}
