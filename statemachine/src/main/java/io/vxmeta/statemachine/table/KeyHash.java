package io.vxmeta.statemachine.table;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

/// The 64-bit hash of a table key: low 48 bits choose the bucket and the place in a scan, the top
/// 16 are the fingerprint.
final class KeyHash {

  /// Not the seed of the shard hash: else all keys of a shard would share bits here.
  private static final long SEED = 0x7658_6D65_7461_0001L;

  private static final Hasher64 HASHER = Hashing.xxh3_64(SEED);

  /// Bits that order a scan.
  private static final int PLACE_BITS = 48;

  /// One past the last place.
  static final long PLACES = 1L << PLACE_BITS;

  private KeyHash() {}

  static long of(byte[] buffer, int offset, int length) {
    return HASHER.hashBytesToLong(buffer, offset, length);
  }

  static short fingerprint(long hash) {
    return (short) (hash >>> PLACE_BITS);
  }

  /// Where a hash stands in a scan: its low bits, lowest first, so that a bucket is one run of
  /// places, and a split halves it.
  static long place(long hash) {
    return Long.reverse(hash) >>> (Long.SIZE - PLACE_BITS);
  }

  /// The smallest hash at `place`.
  static long atPlace(long place) {
    return Long.reverse(place << (Long.SIZE - PLACE_BITS));
  }

  /// How many places a bucket of `bits` low hash bits spans.
  static long span(int bits) {
    return PLACES >>> bits;
  }
}
