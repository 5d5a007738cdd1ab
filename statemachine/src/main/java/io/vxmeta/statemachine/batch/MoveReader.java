package io.vxmeta.statemachine.batch;

import static io.vxmeta.statemachine.batch.BatchLayout.*;

/// Reads one entry of a shard's move in place; all of it was checked before ([BatchReader]).
public final class MoveReader {
  /* Threads: one at a time. Keys and values are positions in the buffer of the batch. */

  private static final byte[] NOTHING = new byte[0];

  private byte[] buffer = NOTHING;
  private int at;
  private int left;
  private int record;
  private int nextRecord;

  MoveReader() {}

  void open(byte[] newBuffer, int transaction) {
    buffer = newBuffer;
    at = transaction;
    rewind();
  }

  public MoveKind kind() {
    return MoveKind.ofCode(LittleEndian.u16(buffer, at + TX_FLAGS_AT));
  }

  public int shard() {
    return LittleEndian.u16(buffer, at + TX_SHARD_AT);
  }

  /// The attempt that the entry is of, from 1.
  public long attempt() {
    return LittleEndian.i64(buffer, at + MOVE_ATTEMPT_AT);
  }

  /// PART, SEAL: the number of this part, from 0.
  public long part() {
    return LittleEndian.i64(buffer, at + MOVE_PART_AT);
  }

  /// ACCEPT: no answer of the source about the shard has a higher revision.
  public long sourceRevision() {
    return LittleEndian.i64(buffer, at + MOVE_PART_AT);
  }

  /// The buffer in which all offsets are.
  public byte[] buffer() {
    return buffer;
  }

  /// SEAL: records that the shard has in all.
  public long sealedRecords() {
    return LittleEndian.i64(buffer, facts() + SEAL_RECORDS_AT);
  }

  /// SEAL: the digest of these.
  public long sealedDigest() {
    return LittleEndian.i64(buffer, facts() + SEAL_DIGEST_AT);
  }

  /// SEAL: the source's revision, at or above the version of every record.
  public long sealedRevision() {
    return LittleEndian.i64(buffer, facts() + SEAL_REVISION_AT);
  }

  /// SEAL: how many fences there are.
  public int fences() {
    return LittleEndian.i32(buffer, facts() + SEAL_FENCES_AT);
  }

  /// Where the 16 bytes of a fenced producer's id are.
  public int fenceIdOffset(int fence) {
    return facts() + SEAL_BYTES + fence * FENCE_BYTES;
  }

  /// The epoch of a fenced producer that may write, unsigned 32 bits.
  public long fenceEpoch(int fence) {
    return Integer.toUnsignedLong(LittleEndian.i32(buffer, fenceIdOffset(fence) + FENCE_EPOCH_AT));
  }

  /// PART, SEAL: records in this entry, those removed included.
  public int records() {
    return LittleEndian.u16(buffer, at + TX_MUTATIONS_AT);
  }

  /// Stands before the first record again.
  public void rewind() {
    left = records();
    nextRecord =
        at + (kind() == MoveKind.SEAL ? sealRecordsAt(fences()) : TRANSACTION_HEADER_BYTES);
  }

  /// Moves to the next record; false behind the last.
  public boolean nextRecord() {
    if (left == 0) {
      return false;
    }
    left--;
    record = nextRecord;
    nextRecord = copiedEnd(buffer, record);
    return true;
  }

  /// False: the key has no record.
  public boolean exists() {
    return buffer[record + COPIED_KIND_AT] == COPIED_RECORD;
  }

  /// Where the record's table key begins.
  public int keyOffset() {
    return record + COPIED_HEADER_BYTES;
  }

  /// Bytes of the record's table key.
  public int keyLength() {
    return LittleEndian.u16(buffer, record + COPIED_KEY_BYTES_AT);
  }

  /// Where the value begins.
  public int valueOffset() {
    return keyOffset() + keyLength();
  }

  /// Bytes of the value.
  public int valueLength() {
    return LittleEndian.i32(buffer, record + COPIED_VALUE_BYTES_AT);
  }

  public long version() {
    return LittleEndian.i64(buffer, record + COPIED_VERSION_AT);
  }

  public long createVersion() {
    return LittleEndian.i64(buffer, record + COPIED_CREATED_AT);
  }

  /// Leader time in milliseconds; 0 = never.
  public long expiresAtMs() {
    return LittleEndian.i64(buffer, record + COPIED_EXPIRY_AT);
  }

  /// The user's flags.
  public int flags() {
    return LittleEndian.i32(buffer, record + COPIED_FLAGS_AT);
  }

  private int facts() {
    return at + TRANSACTION_HEADER_BYTES;
  }
}
