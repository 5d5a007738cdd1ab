package io.vxmeta.statemachine.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The records of the benchmark: key and value are functions of a number, the same for every store.
final class Records {
  /* The numbers 0, 1, 2 .. are the order of loading. Keys are mixed, so that is a random order to every store, sorted ones too.
   * A value begins with a mark of its key that no put changes: whoever read a value can prove that it is the right one. */

  static final int KEY_BYTES = 32;
  static final int VALUE_BYTES = 64;

  static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

  private Records() {}

  static void key(long number, byte[] into) {
    for (int at = 0; at < KEY_BYTES; at += Long.BYTES) {
      LONG.set(into, at, mix(number * KEY_BYTES + at));
    }
  }

  static long mark(long number) {
    return mix(~number);
  }

  static void value(long number, long version, byte[] into) {
    LONG.set(into, 0, mark(number));
    for (int at = Long.BYTES; at < VALUE_BYTES; at += Long.BYTES) {
      LONG.set(into, at, number ^ version * GOLDEN + at);
    }
  }

  /// The mark in a value's first bytes.
  static long markIn(byte[] value) {
    return (long) LONG.get(value, 0);
  }

  private static long mix(long number) {
    long z = (number + 1) * GOLDEN;
    z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
    return z ^ z >>> 31;
  }
}
