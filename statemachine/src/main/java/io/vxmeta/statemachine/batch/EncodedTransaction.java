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

  /// It is an entry of a shard's move: it goes into a log entry of its own.
  public boolean isMove() {
    return formatVersion == BatchLayout.FORMAT_VERSION_MOVES;
  }

  /// It must be proposed only when no other entry of its group is under way ([MoveKind#reopens]).
  public boolean reopens() {
    return isMove() && MoveKind.ofCode(LittleEndian.u16(bytes, BatchLayout.TX_FLAGS_AT)).reopens();
  }

  void copyTo(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, bytes.length);
  }
}
