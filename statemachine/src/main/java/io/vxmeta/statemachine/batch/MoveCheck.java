package io.vxmeta.statemachine.batch;

import static io.vxmeta.statemachine.batch.BatchLayout.*;

/// The part of [BatchCheck] for entries of moves.
final class MoveCheck {
  private final BatchCheck batch;

  MoveCheck(BatchCheck batch) {
    this.batch = batch;
  }

  /// A whole transaction between `at` and `end`, whose header is inside.
  void check(byte[] buffer, int at, int end) {
    int code = LittleEndian.u16(buffer, at + TX_FLAGS_AT);
    batch.expect(MoveKind.isCode(code), "a known entry of a move", "kind", code, at);
    MoveKind kind = MoveKind.ofCode(code);
    int compares = LittleEndian.u16(buffer, at + TX_COMPARES_AT);
    batch.expect(compares == 0, "no compares", "compares", compares, at);
    int epoch = LittleEndian.i32(buffer, at + TX_EPOCH_AT);
    batch.expect(epoch == 0, "no producer", "epoch", epoch, at);
    long reserved = LittleEndian.i64(buffer, at + MOVE_RESERVED_AT);
    batch.expect(reserved == 0, "a zero reserved field", "reserved", reserved, at);
    long attempt = LittleEndian.i64(buffer, at + MOVE_ATTEMPT_AT);
    batch.expect(attempt > 0, "an attempt from 1", "attempt", attempt, at);
    long part = LittleEndian.i64(buffer, at + MOVE_PART_AT);
    if (kind == MoveKind.ACCEPT) {
      batch.expect(part >= 0 && part <= Limits.REVISION_MAX, "a revision", "revision", part, at);
    } else {
      batch.expect(
          kind.copies() ? part >= 0 : part == 0, "a part only of a copy", "part", part, at);
    }
    int records = LittleEndian.u16(buffer, at + TX_MUTATIONS_AT);
    batch.expect(
        records <= (kind.copies() ? Limits.MUTATIONS_MAX : 0),
        "fewer records",
        "records",
        records,
        at);
    int item = kind == MoveKind.SEAL ? checkSeal(buffer, at, end) : at + TRANSACTION_HEADER_BYTES;
    for (int i = 0; i < records; i++) {
      item = checkRecord(buffer, item, end);
    }
    batch.expect(item == end, "the last item to end the transaction", "left", end - item, item);
  }

  /// @return where the records begin
  private int checkSeal(byte[] buffer, int at, int end) {
    int facts = at + TRANSACTION_HEADER_BYTES;
    batch.expect(end - facts >= SEAL_BYTES, "what a copy must come to", "left", end - facts, at);
    long records = LittleEndian.i64(buffer, facts + SEAL_RECORDS_AT);
    batch.expect(records >= 0, "a number of records", "records", records, facts);
    long revision = LittleEndian.i64(buffer, facts + SEAL_REVISION_AT);
    batch.expect(
        revision >= 0 && revision <= Limits.REVISION_MAX,
        "a revision",
        "revision",
        revision,
        facts);
    int reserved = LittleEndian.i32(buffer, facts + SEAL_RESERVED_AT);
    batch.expect(reserved == 0, "a zero reserved field", "reserved", reserved, facts);
    int fences = LittleEndian.i32(buffer, facts + SEAL_FENCES_AT);
    int fence = facts + SEAL_BYTES;
    batch.expect(
        fences >= 0 && fences <= SealFacts.FENCES_MAX && (long) fences * FENCE_BYTES <= end - fence,
        "fences inside the transaction",
        "fences",
        fences,
        facts);
    for (int i = 0; i < fences; i++, fence += FENCE_BYTES) {
      int epoch = LittleEndian.i32(buffer, fence + FENCE_EPOCH_AT);
      batch.expect(epoch != 0 && epoch != 1, "an epoch from 2", "epoch", epoch, fence);
      batch.expect(i == 0 || ascends(buffer, fence), "ascending producers", "fence", i, fence);
    }
    return fence;
  }

  private static boolean ascends(byte[] buffer, int fence) {
    int before = fence - FENCE_BYTES;
    return SealFacts.Fence.ascend(
        LittleEndian.i64(buffer, before),
        LittleEndian.i64(buffer, before + Long.BYTES),
        LittleEndian.i64(buffer, fence),
        LittleEndian.i64(buffer, fence + Long.BYTES));
  }

  private int checkRecord(byte[] buffer, int at, int end) {
    batch.expect(end - at >= COPIED_HEADER_BYTES, "a copied record", "left", end - at, at);
    int kind = buffer[at + COPIED_KIND_AT];
    batch.expect(
        kind == COPIED_RECORD || kind == COPIED_ABSENCE, "a record or none", "kind", kind, at);
    int reserved = buffer[at + COPIED_RESERVED_AT];
    batch.expect(reserved == 0, "a zero reserved byte", "reserved", reserved, at);
    batch.checkKeyLength(at + COPIED_KEY_BYTES_AT);
    int value = LittleEndian.i32(buffer, at + COPIED_VALUE_BYTES_AT);
    batch.expect(
        value >= 0 && value <= (kind == COPIED_RECORD ? Limits.VALUE_BYTES_MAX : 0),
        "a value that a record has",
        "valueBytes",
        value,
        at);
    long version = LittleEndian.i64(buffer, at + COPIED_VERSION_AT);
    long created = LittleEndian.i64(buffer, at + COPIED_CREATED_AT);
    long expiry = LittleEndian.i64(buffer, at + COPIED_EXPIRY_AT);
    int flags = LittleEndian.i32(buffer, at + COPIED_FLAGS_AT);
    boolean numbers =
        kind == COPIED_RECORD
            ? created > 0 && created <= version && version <= Limits.REVISION_MAX && expiry >= 0
            : (version | created | expiry | flags) == 0;
    batch.expect(numbers, "numbers that a record has", "version", version, at);
    int recordEnd = copiedEnd(buffer, at);
    batch.expect(recordEnd <= end, "key and value inside", "missing", recordEnd - end, at);
    batch.checkNamespace(at + COPIED_HEADER_BYTES);
    return recordEnd;
  }
}
