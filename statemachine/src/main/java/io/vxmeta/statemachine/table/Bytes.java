package io.vxmeta.statemachine.table;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Plain, little-endian, unaligned access to mapped memory, checked by its segment.
final class Bytes {

  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// `LOW[n]` keeps the lowest n bytes of a long.
  private static final long[] LOW = {
    0,
    0xFFL,
    0xFFFFL,
    0xFF_FFFFL,
    0xFFFF_FFFFL,
    0xFF_FFFF_FFFFL,
    0xFFFF_FFFF_FFFFL,
    0xFF_FFFF_FFFF_FFFFL,
    -1L
  };

  private Bytes() {}

  static long longAt(MemorySegment memory, long at) {
    return memory.get(LONG, at);
  }

  static int intAt(MemorySegment memory, long at) {
    return memory.get(INT, at);
  }

  static long unsignedIntAt(MemorySegment memory, long at) {
    return Integer.toUnsignedLong(memory.get(INT, at));
  }

  static short shortAt(MemorySegment memory, long at) {
    return memory.get(SHORT, at);
  }

  static void putLong(MemorySegment memory, long at, long value) {
    memory.set(LONG, at, value);
  }

  static void putInt(MemorySegment memory, long at, int value) {
    memory.set(INT, at, value);
  }

  static void putShort(MemorySegment memory, long at, short value) {
    memory.set(SHORT, at, value);
  }

  /// The number in the `width` bytes at `at`, 0 to 8. Eight bytes are read whatever the width.
  static long numberAt(MemorySegment memory, long at, int width) {
    return memory.get(LONG, at) & LOW[width];
  }

  /// Writes the lowest `width` bytes of `value`, no byte more.
  static void putNumber(MemorySegment memory, long at, long value, int width) {
    long rest = value;
    for (int i = 0; i < width; i++) {
      memory.set(ValueLayout.JAVA_BYTE, at + i, (byte) rest);
      rest >>>= Byte.SIZE;
    }
  }

  /// How many bytes a number needs, 0 for 0.
  static int width(long value) {
    return (Long.SIZE + 7 - Long.numberOfLeadingZeros(value)) / Byte.SIZE;
  }

  static void copyOut(MemorySegment memory, long from, byte[] to, int toOffset, int length) {
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, from, to, toOffset, length);
  }

  static void copyIn(byte[] from, int fromOffset, MemorySegment memory, long to, int length) {
    MemorySegment.copy(from, fromOffset, memory, ValueLayout.JAVA_BYTE, to, length);
  }
}
