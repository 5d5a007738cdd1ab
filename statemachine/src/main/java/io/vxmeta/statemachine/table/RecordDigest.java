package io.vxmeta.statemachine.table;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

/// The hash of everything a record says; a table's digest is the sum over its records, so order and
/// history drop out.
final class RecordDigest {
  /* Adding and taking away 64-bit hashes modulo 2^64 is exact and O(1) a write. Against chance, not against an enemy who
   * chooses records: two tables that differ agree with probability 2^-64. */

  private static final Hasher64 VALUE_HASHER = Hashing.xxh3_64(0x7658_6D65_7461_0002L);
  private static final long ODD = 0x9E37_79B9_7F4A_7C15L;

  private RecordDigest() {}

  static long of(long keyHash, RecordView record) {
    return of(
        keyHash,
        VALUE_HASHER.hashBytesToLong(record.value(), 0, record.valueLength()),
        record.version(),
        record.createVersion(),
        record.flags(),
        record.expiresAtMs());
  }

  static long of(long keyHash, RecordDraft record) {
    return of(
        keyHash,
        VALUE_HASHER.hashBytesToLong(record.valueBuffer, record.valueOffset, record.valueLength),
        record.version,
        record.createVersion,
        record.flags,
        record.expiresAtMs);
  }

  private static long of(
      long keyHash, long valueHash, long version, long createVersion, int flags, long expiresAtMs) {
    long hash = mix(keyHash + ODD);
    hash = mix((hash ^ valueHash) + ODD);
    hash = mix((hash ^ version) + ODD);
    hash = mix((hash ^ createVersion) + ODD);
    hash = mix((hash ^ flags) + ODD);
    return mix((hash ^ expiresAtMs) + ODD);
  }

  /// A bijection in which each bit of the input moves half of the output (multiply and fold, three
  /// rounds).
  private static long mix(long value) {
    long x = value;
    x = (x ^ (x >>> 32)) * 0xD6E8_FEB8_6659_FD93L;
    x = (x ^ (x >>> 32)) * 0xD6E8_FEB8_6659_FD93L;
    return x ^ (x >>> 32);
  }
}
