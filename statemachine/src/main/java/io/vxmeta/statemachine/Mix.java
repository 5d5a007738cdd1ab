package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.LittleEndian;

/// The 64-bit hash behind state digests: every input bit reaches every output bit.
final class Mix {
  /* Not a defence against an attacker: it finds replicas that differ by accident. Part of the snapshot format, since a
   * restored state must come to the digest in its manifest: changing it needs a new format version.
   * The multiplier is the 64-bit golden ratio, the finisher that of SplitMix64 (Steele, Lea, Flood, 2014).
   */

  private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

  private Mix() {}

  static long one(long value) {
    long mixed = value + GOLDEN;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return mixed ^ (mixed >>> 31);
  }

  /// Continues a hash with one more value; the order of values counts.
  static long next(long hash, long value) {
    return one((hash * GOLDEN) ^ value);
  }

  static long bytes(byte[] bytes, int length) {
    long hash = one(length);
    int at = 0;
    for (; at + Long.BYTES <= length; at += Long.BYTES) {
      hash = next(hash, LittleEndian.i64(bytes, at));
    }
    long tail = 0;
    for (; at < length; at++) {
      tail = (tail << 8) | (bytes[at] & 0xFF);
    }
    return next(hash, tail);
  }
}
