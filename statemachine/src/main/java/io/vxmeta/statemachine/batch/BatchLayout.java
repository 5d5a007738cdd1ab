package io.vxmeta.statemachine.batch;

/// Offsets and widths of the batch format, versions 1 to 3; all fields are little-endian.
final class BatchLayout {
  /* The picture with the meaning of each field is in docs/disk-format.md. Magic, checksum and version keep their places
   * in every later version, so that a newer entry is recognized as such and not taken for a damaged one.
   * Version 2 adds kinds and one optional field and moves nothing. Version 3 adds transactions that are an entry of a shard's
   * move: their flags say which, and they have no compares, no mutations and no producer. A batch is written in the oldest version that can say
   * what is in it, so that nodes of the release before read all that they could have written themselves.
   */

  /// The bytes "VXLE".
  static final int MAGIC = 'V' | ('X' << 8) | ('L' << 16) | ('E' << 24);

  static final int FORMAT_VERSION = 3;

  /// The first version; kinds and fields that it does not know need [#FORMAT_VERSION_KINDS].
  static final int FORMAT_VERSION_FIRST = 1;

  static final int FORMAT_VERSION_KINDS = 2;

  /// The first version with entries of moves.
  static final int FORMAT_VERSION_MOVES = 3;

  static final int HEADER_BYTES = 32;
  static final int MAGIC_AT = 0;

  /// CRC32C of everything from [#CHECKED_FROM] to the end of the batch.
  static final int CRC_AT = 4;

  static final int CHECKED_FROM = 8;
  static final int VERSION_AT = 8;
  static final int FLAGS_AT = 10;
  static final int TOTAL_BYTES_AT = 12;
  static final int LEADER_TIME_AT = 16;
  static final int TRANSACTIONS_AT = 24;
  static final int RESERVED_AT = 28;

  // A transaction, relative to its first byte.
  static final int TRANSACTION_HEADER_BYTES = 40;
  static final int TX_BYTES_AT = 0;
  static final int TX_SHARD_AT = 4;
  static final int TX_COMPARES_AT = 6;
  static final int TX_MUTATIONS_AT = 8;
  static final int TX_FLAGS_AT = 10;
  static final int TX_EPOCH_AT = 12;
  static final int TX_PRODUCER_AT = 16;
  static final int TX_SEQUENCE_AT = 32;

  // An entry of a move, relative to the transaction's first byte: the kind's code stands in the
  // flags,
  // the number of records in the mutations.
  static final int MOVE_PART_AT = TX_PRODUCER_AT;
  static final int MOVE_RESERVED_AT = TX_PRODUCER_AT + 8;
  static final int MOVE_ATTEMPT_AT = TX_SEQUENCE_AT;

  // Only of SEAL, behind the header; the fences follow, then the records.
  static final int SEAL_BYTES = 32;
  static final int SEAL_RECORDS_AT = 0;
  static final int SEAL_DIGEST_AT = 8;
  static final int SEAL_REVISION_AT = 16;
  static final int SEAL_FENCES_AT = 24;
  static final int SEAL_RESERVED_AT = 28;

  // A fence, relative to its first byte.
  static final int FENCE_BYTES = 20;
  static final int FENCE_EPOCH_AT = 16;

  // A record of a copy, relative to its first byte; the table key follows, then the value.
  static final int COPIED_HEADER_BYTES = 36;
  static final int COPIED_KIND_AT = 0;
  static final int COPIED_RESERVED_AT = 1;
  static final int COPIED_KEY_BYTES_AT = 2;
  static final int COPIED_VALUE_BYTES_AT = 4;
  static final int COPIED_VERSION_AT = 8;
  static final int COPIED_CREATED_AT = 16;
  static final int COPIED_EXPIRY_AT = 24;
  static final int COPIED_FLAGS_AT = 32;

  /// The key has this record.
  static final int COPIED_RECORD = 1;

  /// The key has no record.
  static final int COPIED_ABSENCE = 2;

  // A compare, relative to its first byte; the key follows, then the digest of the kind that has
  // one.
  static final int COMPARE_HEADER_BYTES = 14;
  static final int COMPARE_KIND_AT = 0;
  static final int COMPARE_RESERVED_AT = 1;
  static final int COMPARE_SHARD_AT = 2;
  static final int COMPARE_KEY_BYTES_AT = 4;
  static final int COMPARE_VERSION_AT = 6;

  // A mutation, relative to its first byte; the key follows, then the optional fields, then the
  // value.
  static final int MUTATION_HEADER_BYTES = 10;
  static final int MUTATION_KIND_AT = 0;
  static final int MUTATION_FIELDS_AT = 1;
  static final int MUTATION_SHARD_AT = 2;
  static final int MUTATION_KEY_BYTES_AT = 4;
  static final int MUTATION_VALUE_BYTES_AT = 6;

  /// Bit of the fields byte: the user's 32 flags follow the key.
  static final int FIELD_FLAGS = 1;

  /// Bit of the fields byte: the expiry, 64-bit leader time in milliseconds, follows the key and
  /// the flags.
  static final int FIELD_EXPIRY = 2;

  /// Bit of the fields byte, from version 2, never beside FIELD_EXPIRY: how long the record lives
  /// from the log's time on, 64 bits in milliseconds, stands where the expiry would.
  static final int FIELD_TTL = 4;

  private static final int FIELDS_FIRST = FIELD_FLAGS | FIELD_EXPIRY;

  private BatchLayout() {}

  /// Bytes of the optional fields announced by a fields byte.
  static int optionalBytes(int fields) {
    return ((fields & FIELD_FLAGS) != 0 ? 4 : 0)
        + ((fields & (FIELD_EXPIRY | FIELD_TTL)) != 0 ? 8 : 0);
  }

  /// True if a batch of `version` may have these optional fields.
  static boolean fieldsKnown(int fields, int version) {
    int known = version == FORMAT_VERSION_FIRST ? FIELDS_FIRST : FIELDS_FIRST | FIELD_TTL;
    return (fields & ~known) == 0
        && (fields & (FIELD_EXPIRY | FIELD_TTL)) != (FIELD_EXPIRY | FIELD_TTL);
  }

  /// Where the records of a SEAL begin, relative to the transaction's first byte.
  static int sealRecordsAt(int fences) {
    return TRANSACTION_HEADER_BYTES + SEAL_BYTES + fences * FENCE_BYTES;
  }

  /// Where a record of a copy ends.
  static int copiedEnd(byte[] buffer, int at) {
    return at
        + COPIED_HEADER_BYTES
        + LittleEndian.u16(buffer, at + COPIED_KEY_BYTES_AT)
        + LittleEndian.i32(buffer, at + COPIED_VALUE_BYTES_AT);
  }

  /// Where a compare ends.
  static int compareEnd(byte[] buffer, int at) {
    int digest =
        buffer[at + COMPARE_KIND_AT] == CompareKind.VALUE_DIGEST.code() ? Limits.DIGEST_BYTES : 0;
    return at + COMPARE_HEADER_BYTES + LittleEndian.u16(buffer, at + COMPARE_KEY_BYTES_AT) + digest;
  }

  /// Where a mutation ends.
  static int mutationEnd(byte[] buffer, int at) {
    return at
        + MUTATION_HEADER_BYTES
        + LittleEndian.u16(buffer, at + MUTATION_KEY_BYTES_AT)
        + optionalBytes(buffer[at + MUTATION_FIELDS_AT])
        + LittleEndian.i32(buffer, at + MUTATION_VALUE_BYTES_AT);
  }
}
