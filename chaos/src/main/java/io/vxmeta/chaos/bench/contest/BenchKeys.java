package io.vxmeta.chaos.bench.contest;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/// The keys and values of a benchmark: 32 and 64 bytes, the same for every store.
final class BenchKeys {
  /* Threads: any. Loaded keys have the numbers 0 .. records-1; new ones are counted up from far above. Numbers are written out
   * by hand, because a formatter would cost the load more than the store takes for the call. */

  static final int KEY_BYTES = 32;
  static final int VALUE_BYTES = 64;

  /// Above all keys that are loaded.
  private static final long FIRST_NEW = 1_000_000_000L;

  private static final byte[] PREFIX = "bench/entity/".getBytes(StandardCharsets.US_ASCII);

  private final long records;
  private final KeyChoice choice;
  private final AtomicLong nextNew = new AtomicLong(FIRST_NEW);

  BenchKeys(long records, KeyChoice choice) {
    this.records = records;
    this.choice = choice;
  }

  long records() {
    return records;
  }

  /// Reserves numbers never used before and returns the first.
  long fresh(int count) {
    return nextNew.getAndAdd(count);
  }

  /// The number of a loaded key.
  long loaded() {
    return choice.next(ThreadLocalRandom.current());
  }

  static byte[] key(long number) {
    byte[] key = new byte[KEY_BYTES];
    System.arraycopy(PREFIX, 0, key, 0, PREFIX.length);
    digits(key, PREFIX.length, KEY_BYTES, number);
    return key;
  }

  /// The tag keeps the keys of a transaction in one shard.
  static byte[] tagged(long tag, long number) {
    byte[] key = new byte[KEY_BYTES];
    key[0] = '{';
    digits(key, 1, 16, tag);
    key[16] = '}';
    digits(key, 17, KEY_BYTES, number);
    return key;
  }

  private static void digits(byte[] into, int from, int to, long number) {
    long rest = number;
    for (int i = to - 1; i >= from; i--) {
      into[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  /// Not compressible, the same for the same number.
  static byte[] value(long number) {
    byte[] value = new byte[VALUE_BYTES];
    new SplittableRandom(number).nextBytes(value);
    return value;
  }
}
