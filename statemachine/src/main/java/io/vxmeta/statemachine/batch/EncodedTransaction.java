package io.vxmeta.statemachine.batch;

import java.util.Arrays;

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
    return isMove() && kind().reopens();
  }

  /// An entry of a move that takes room for a copy; see [MoveKind#fills].
  public boolean fills() {
    return isMove() && kind().fills();
  }

  /// Of an entry of a move.
  private MoveKind kind() {
    return MoveKind.ofCode(LittleEndian.u16(bytes, BatchLayout.TX_FLAGS_AT));
  }

  /// A batch of this alone, with its checksum: as nodes hand entries to each other.
  public byte[] sealed() {
    BatchWriter batch = new BatchWriter();
    if (!batch.append(this)) {
      throw new IllegalStateException("expected room for one transaction in an empty batch");
    }
    return batch.seal(0);
  }

  /// The entry of a move that another node sealed.
  ///
  /// @throws BatchFormatException if the bytes are anything else
  public static EncodedTransaction ofMove(byte[] sealed) {
    BatchReader reader = new BatchReader();
    reader.open(sealed, 0, sealed.length);
    if (reader.transactions() != 1 || !reader.next() || !reader.isMove()) {
      throw new BatchFormatException(
          "expected one entry of a move; transactions="
              + reader.transactions()
              + "; the sender's build is broken, or newer");
    }
    int records = LittleEndian.u16(sealed, BatchLayout.HEADER_BYTES + BatchLayout.TX_MUTATIONS_AT);
    return new EncodedTransaction(
        Arrays.copyOfRange(sealed, BatchLayout.HEADER_BYTES, sealed.length),
        BatchLayout.FORMAT_VERSION_MOVES,
        Math.max(1, records));
  }

  void copyTo(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, bytes.length);
  }
}
