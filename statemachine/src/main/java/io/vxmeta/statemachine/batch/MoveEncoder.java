package io.vxmeta.statemachine.batch;

import static io.vxmeta.statemachine.batch.BatchLayout.*;

import java.util.Arrays;
import java.util.List;

/// Encodes the entries of a shard's move.
///
/// Use: [#of] for those without records; else `beginPart` or `beginSeal`, then all records, then
/// `end`.
public final class MoveEncoder {
  /* Threads: one at a time. Memory: the buffer grows by doubling to the largest entry and goes with the encoder. */

  private static final int INITIAL_BYTES = 16 << 10;

  private byte[] buffer = new byte[INITIAL_BYTES];
  private int size;
  private int records;

  /// An entry that carries no records.
  public static EncodedTransaction of(MoveKind kind, int shard, long attempt) {
    if (kind.copies() || kind == MoveKind.ACCEPT) {
      throw new IllegalArgumentException(
          "expected an entry that says nothing but its kind; kind="
              + kind
              + "; begin a part or a seal, or say from which revision on a shard is accepted");
    }
    MoveEncoder encoder = new MoveEncoder();
    encoder.begin(kind, shard, attempt, 0);
    return encoder.end();
  }

  /// The entry with which the target begins to serve.
  ///
  /// @param sourceRevision of the source when it had given the shard away, or later
  public static EncodedTransaction accept(int shard, long attempt, long sourceRevision) {
    MoveEncoder encoder = new MoveEncoder();
    encoder.begin(MoveKind.ACCEPT, shard, attempt, sourceRevision);
    return encoder.end();
  }

  /// Begins a part of the copy.
  public MoveEncoder beginPart(int shard, long attempt, long part) {
    return begin(MoveKind.PART, shard, attempt, part);
  }

  /// Begins the last part.
  public MoveEncoder beginSeal(int shard, long attempt, long part, SealFacts facts) {
    begin(MoveKind.SEAL, shard, attempt, part);
    int at = reserve(SEAL_BYTES);
    LittleEndian.i64(buffer, at + SEAL_RECORDS_AT, facts.records());
    LittleEndian.i64(buffer, at + SEAL_DIGEST_AT, facts.digest());
    LittleEndian.i64(buffer, at + SEAL_REVISION_AT, facts.revision());
    LittleEndian.i32(buffer, at + SEAL_FENCES_AT, facts.fences().size());
    LittleEndian.i32(buffer, at + SEAL_RESERVED_AT, 0);
    fences(facts.fences());
    return this;
  }

  private void fences(List<SealFacts.Fence> fences) {
    for (SealFacts.Fence fence : fences) {
      int at = reserve(FENCE_BYTES);
      LittleEndian.i64(buffer, at, fence.idHigh());
      LittleEndian.i64(buffer, at + Long.BYTES, fence.idLow());
      LittleEndian.i32(buffer, at + FENCE_EPOCH_AT, (int) fence.epoch());
    }
  }

  private MoveEncoder begin(MoveKind kind, int shard, long attempt, long part) {
    if (shard < 0 || shard > Limits.SHARD_MAX || attempt < 1 || part < 0) {
      throw new IllegalArgumentException(
          "expected a shard of 0.."
              + Limits.SHARD_MAX
              + ", an attempt from 1 and a part from 0; shard="
              + shard
              + " attempt="
              + attempt
              + " part="
              + part
              + "; attempts are numbered by the root group");
    }
    Arrays.fill(buffer, 0, TRANSACTION_HEADER_BYTES, (byte) 0);
    size = TRANSACTION_HEADER_BYTES;
    records = 0;
    LittleEndian.u16(buffer, TX_SHARD_AT, shard);
    LittleEndian.u16(buffer, TX_FLAGS_AT, kind.code());
    LittleEndian.i64(buffer, MOVE_ATTEMPT_AT, attempt);
    LittleEndian.i64(buffer, MOVE_PART_AT, part);
    return this;
  }

  /// The numbers of a record as they are where it is copied from.
  public record Numbers(long version, long createVersion, int flags, long expiresAtMs) {}

  /// The key has this record.
  public MoveEncoder record(Slice tableKey, Slice value, Numbers numbers) {
    int at = copied(COPIED_RECORD, tableKey, value.length());
    LittleEndian.i64(buffer, at + COPIED_VERSION_AT, numbers.version());
    LittleEndian.i64(buffer, at + COPIED_CREATED_AT, numbers.createVersion());
    LittleEndian.i64(buffer, at + COPIED_EXPIRY_AT, numbers.expiresAtMs());
    LittleEndian.i32(buffer, at + COPIED_FLAGS_AT, numbers.flags());
    value.copyTo(buffer, at + COPIED_HEADER_BYTES + tableKey.length());
    return this;
  }

  /// The key has no record.
  public MoveEncoder absence(Slice tableKey) {
    int _ = copied(COPIED_ABSENCE, tableKey, 0);
    return this;
  }

  /// Writes kind, lengths and key, and zeros for the numbers.
  private int copied(int kind, Slice tableKey, int valueLength) {
    if (records == Limits.MUTATIONS_MAX) {
      throw new IllegalArgumentException(
          "expected at most " + Limits.MUTATIONS_MAX + " records; end the part before");
    }
    int at = reserve(copiedBytes(tableKey.length(), valueLength));
    Arrays.fill(buffer, at, at + COPIED_HEADER_BYTES, (byte) 0);
    buffer[at + COPIED_KIND_AT] = (byte) kind;
    LittleEndian.u16(buffer, at + COPIED_KEY_BYTES_AT, tableKey.length());
    LittleEndian.i32(buffer, at + COPIED_VALUE_BYTES_AT, valueLength);
    tableKey.copyTo(buffer, at + COPIED_HEADER_BYTES);
    records++;
    return at;
  }

  /// Bytes that a record takes in a part.
  public static int copiedBytes(int tableKeyLength, int valueLength) {
    return COPIED_HEADER_BYTES + tableKeyLength + valueLength;
  }

  /// Bytes that the fences of a seal take.
  public static int sealBytes(int fences) {
    return sealRecordsAt(fences);
  }

  /// Bytes the entry takes so far.
  public int size() {
    return size;
  }

  /// Records so far, those removed included.
  public int records() {
    return records;
  }

  /// Finishes the entry.
  public EncodedTransaction end() {
    if (size > Limits.TRANSACTION_BYTES_MAX) {
      throw new IllegalStateException(
          "expected an entry of at most "
              + Limits.TRANSACTION_BYTES_MAX
              + " bytes; bytes="
              + size
              + "; end the part before");
    }
    LittleEndian.i32(buffer, TX_BYTES_AT, size);
    LittleEndian.u16(buffer, TX_MUTATIONS_AT, records);
    return new EncodedTransaction(
        Arrays.copyOf(buffer, size), FORMAT_VERSION_MOVES, Math.max(1, records));
  }

  private int reserve(int bytes) {
    int at = size;
    size += bytes;
    if (size > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(size, buffer.length * 2));
    }
    return at;
  }
}
