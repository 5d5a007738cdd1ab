package io.vxmeta.statemachine.batch;

import static io.vxmeta.statemachine.batch.BatchLayout.*;

import java.util.zip.CRC32C;

/// Decides whether bytes are a batch: every length, kind, count and reserved bit of it.
final class BatchCheck {
  /* The checksum finds damage; the walk finds a writer that was wrong. Neither trusts the other, and nothing is read
   * through a length that was not compared with the end of what contains it BEFORE.
   */

  private static final byte[] NOTHING = new byte[0];

  private final CRC32C crc = new CRC32C();
  private byte[] buffer = NOTHING;
  private final MoveCheck moves = new MoveCheck(this);
  private int start;
  private int version;

  void check(byte[] buffer, int offset, int length) {
    this.buffer = buffer;
    this.start = offset;
    try {
      checkHeader(length);
      checkTransactions(offset + length);
    } finally {
      this.buffer = NOTHING;
    }
  }

  private void checkTransactions(int end) {
    int count = LittleEndian.i32(buffer, start + TRANSACTIONS_AT);
    int at = start + HEADER_BYTES;
    for (int i = 0; i < count; i++) {
      at = checkTransaction(at, end);
    }
    expect(at == end, "the last transaction to end with the batch", "bytesLeft", end - at, at);
  }

  private void checkHeader(int length) {
    if (start < 0 || length < 0 || length > buffer.length - start) {
      throw bad("a range inside the buffer", "length", length, start);
    }
    expect(length >= HEADER_BYTES, "at least a header", "length", length, start);
    expect(length <= Limits.BATCH_BYTES_MAX, "at most the batch limit", "length", length, start);
    int magic = LittleEndian.i32(buffer, start + MAGIC_AT);
    expect(magic == MAGIC, "the magic of a batch", "magic", magic, start);
    version = LittleEndian.u16(buffer, start + VERSION_AT);
    if (version > FORMAT_VERSION) {
      throw new BatchFormatException(
          "cannot read batch: expected format version of at most "
              + FORMAT_VERSION
              + "; version="
              + version
              + " bytes="
              + length
              + "; a newer vx-meta wrote it: upgrade this node before it rejoins");
    }
    expect(version >= FORMAT_VERSION_FIRST, "a format version from 1", "version", version, start);
    int total = LittleEndian.i32(buffer, start + TOTAL_BYTES_AT);
    expect(total == length, "the stored length to be the entry's", "stored", total, start);
    crc.reset();
    crc.update(buffer, start + CHECKED_FROM, length - CHECKED_FROM);
    int stored = LittleEndian.i32(buffer, start + CRC_AT);
    expect((int) crc.getValue() == stored, "a matching CRC32C", "stored", stored, start);
    int flags = LittleEndian.u16(buffer, start + FLAGS_AT);
    expect(flags == 0, "no flags", "flags", flags, start);
    int reserved = LittleEndian.i32(buffer, start + RESERVED_AT);
    expect(reserved == 0, "a zero reserved field", "reserved", reserved, start);
    long time = LittleEndian.i64(buffer, start + LEADER_TIME_AT);
    expect(time >= 0, "a leader time of 0 or more", "leaderTimeMs", time, start);
    int count = LittleEndian.i32(buffer, start + TRANSACTIONS_AT);
    expect(count > 0, "at least one transaction", "transactions", count, start);
  }

  private int checkTransaction(int at, int end) {
    expect(end - at >= TRANSACTION_HEADER_BYTES, "a transaction header", "left", end - at, at);
    int bytes = LittleEndian.i32(buffer, at + TX_BYTES_AT);
    expect(
        bytes >= TRANSACTION_HEADER_BYTES
            && bytes <= end - at
            && bytes <= Limits.TRANSACTION_BYTES_MAX,
        "a transaction inside the batch and its limit",
        "bytes",
        bytes,
        at);
    int flags = LittleEndian.u16(buffer, at + TX_FLAGS_AT);
    if (flags != 0 && version >= FORMAT_VERSION_MOVES) {
      checkShard(at + TX_SHARD_AT);
      moves.check(buffer, at, at + bytes);
      return at + bytes;
    }
    expect(flags == 0, "no transaction flags", "flags", flags, at);
    checkProducer(at);
    int compares = LittleEndian.u16(buffer, at + TX_COMPARES_AT);
    expect(compares <= Limits.COMPARES_MAX, "fewer compares", "compares", compares, at);
    int mutations = LittleEndian.u16(buffer, at + TX_MUTATIONS_AT);
    expect(mutations <= Limits.MUTATIONS_MAX, "fewer mutations", "mutations", mutations, at);
    expect(compares + mutations > 0, "a compare or a mutation", "count", 0, at);
    checkShard(at + TX_SHARD_AT);
    int limit = at + bytes;
    int item = at + TRANSACTION_HEADER_BYTES;
    for (int i = 0; i < compares; i++) {
      item = checkCompare(item, limit);
    }
    for (int i = 0; i < mutations; i++) {
      item = checkMutation(item, limit);
    }
    expect(item == limit, "the last item to end the transaction", "left", limit - item, item);
    return limit;
  }

  private void checkProducer(int at) {
    long sequence = LittleEndian.i64(buffer, at + TX_SEQUENCE_AT);
    if (LittleEndian.i32(buffer, at + TX_EPOCH_AT) != 0) {
      expect(sequence > 0, "a producer sequence from 1", "sequence", sequence, at);
    } else {
      long id =
          LittleEndian.i64(buffer, at + TX_PRODUCER_AT)
              | LittleEndian.i64(buffer, at + TX_PRODUCER_AT + Long.BYTES);
      expect(sequence == 0 && id == 0, "no id and sequence without epoch", "epoch", 0, at);
    }
  }

  private int checkCompare(int at, int limit) {
    expect(limit - at >= COMPARE_HEADER_BYTES, "a compare header", "left", limit - at, at);
    int kind = buffer[at + COMPARE_KIND_AT];
    expect(CompareKind.isCode(kind, version), "a known kind of compare", "kind", kind, at);
    int reserved = buffer[at + COMPARE_RESERVED_AT];
    expect(reserved == 0, "a zero reserved byte", "reserved", reserved, at);
    checkShard(at + COMPARE_SHARD_AT);
    long compared = LittleEndian.i64(buffer, at + COMPARE_VERSION_AT);
    expect(
        kind == CompareKind.VERSION_EQUALS.code() ? compared > 0 : compared == 0,
        "a version from 1 where one is compared, else 0",
        "version",
        compared,
        at);
    checkKeyLength(at + COMPARE_KEY_BYTES_AT);
    int end = compareEnd(buffer, at);
    expect(end <= limit, "the key inside the transaction", "missing", end - limit, at);
    checkNamespace(at + COMPARE_HEADER_BYTES);
    return end;
  }

  private int checkMutation(int at, int limit) {
    expect(limit - at >= MUTATION_HEADER_BYTES, "a mutation header", "left", limit - at, at);
    int kind = buffer[at + MUTATION_KIND_AT];
    expect(MutationKind.isCode(kind, version), "a known kind of mutation", "kind", kind, at);
    int fields = buffer[at + MUTATION_FIELDS_AT];
    expect(fieldsKnown(fields, version), "known optional fields", "fields", fields, at);
    checkShard(at + MUTATION_SHARD_AT);
    checkKeyLength(at + MUTATION_KEY_BYTES_AT);
    int value = LittleEndian.i32(buffer, at + MUTATION_VALUE_BYTES_AT);
    boolean valueFits =
        switch (MutationKind.ofCode(kind)) {
          case PUT -> value >= 0 && value <= Limits.VALUE_BYTES_MAX;
          case DELETE, EXPIRE -> value == 0 && fields == 0;
          case ADD, MAX, MIN -> value == Limits.COUNTER_BYTES && fields == 0;
          case PUT_IF_NEWER -> value >= StampedForm.HEADER_BYTES && value <= Limits.VALUE_BYTES_MAX;
          case SET_ADD, SET_REMOVE, INTERVALS_ADD ->
              value > 0 && value <= Limits.COLLECTION_BYTES_MAX && fields == 0;
        };
    expect(valueFits, "a value that fits the kind of mutation", "valueBytes", value, at);
    int end = mutationEnd(buffer, at);
    expect(end <= limit, "key and value inside the transaction", "missing", end - limit, at);
    checkNamespace(at + MUTATION_HEADER_BYTES);
    if ((fields & FIELD_EXPIRY) != 0) {
      long expiry = LittleEndian.i64(buffer, end - value - Long.BYTES);
      expect(expiry > 0, "an expiry above 0", "expiresAtMs", expiry, at);
    }
    if ((fields & FIELD_TTL) != 0) {
      long ttl = LittleEndian.i64(buffer, end - value - Long.BYTES);
      expect(ttl > 0 && ttl <= Limits.TTL_MS_MAX, "a life of 1 ms to ten years", "ttlMs", ttl, at);
    }
    checkForm(MutationKind.ofCode(kind), end - value, value, at);
    return end;
  }

  private void checkForm(MutationKind kind, int valueAt, int length, int at) {
    boolean formed =
        switch (kind) {
          case PUT, DELETE, ADD, MAX, MIN, EXPIRE -> true;
          case PUT_IF_NEWER -> StampedForm.isOne(buffer, valueAt, length);
          case SET_ADD, SET_REMOVE -> SetForm.isOne(buffer, valueAt, length);
          case INTERVALS_ADD -> IntervalsForm.isOne(buffer, valueAt, length);
        };
    expect(formed, "a value in the form of its kind", "kind", kind.code(), at);
  }

  void checkShard(int at) {
    int shard = LittleEndian.u16(buffer, at);
    expect(shard <= Limits.SHARD_MAX, "a shard up to 128", "shard", shard, at);
  }

  void checkKeyLength(int at) {
    int length = LittleEndian.u16(buffer, at);
    expect(
        length >= Limits.TABLE_KEY_BYTES_MIN && length <= Limits.TABLE_KEY_BYTES_MAX,
        "a table key of 3..4,098 bytes",
        "keyBytes",
        length,
        at);
  }

  void checkNamespace(int at) {
    expect(LittleEndian.u16(buffer, at) != 0, "a namespace id from 1", "namespace", 0, at);
  }

  void expect(boolean holds, String expected, String name, long actual, int at) {
    if (!holds) {
      throw bad(expected, name, actual, at);
    }
  }

  private BatchFormatException bad(String expected, String name, long actual, int at) {
    return new BatchFormatException(
        "cannot read batch: expected "
            + expected
            + "; "
            + name
            + "="
            + actual
            + " at="
            + (at - start)
            + "; the entry is damaged or was not written by vx-meta: restore this replica from a peer");
  }
}
