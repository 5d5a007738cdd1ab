package io.vxmeta.statemachine.table;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Plain, little-endian, unaligned reads of live memory by address, for look-ups: nothing is
/// checked here.
final class RawBytes {
  /* A segment checks bounds and liveness at each access, which was a fifth of a multi-get's time (docs/benchmarks.md). What the
   * callers hold instead, else the process dies:
   *   - an address is a region's plus an offset in its prepared part: a bucket below the count of buckets, or bytes before
   *     Heap.readableBytes, compared BEFORE the access, also with bytes that may be torn;
   *   - the region is reachable while it is read: its addresses stay readable until then, closed or not (LiveRegion).
   *     An image's count of buckets is compared with the length of its files before it is one (TableImage).
   * What writers and walks do beside look-ups, and all of cuts, goes through Bytes, which checks. */

  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final VarHandle ARRAY_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private RawBytes() {}

  static long longAt(long address) {
    return ALL.get(Bytes.LONG, address);
  }

  static long unsignedIntAt(long address) {
    return Integer.toUnsignedLong(ALL.get(Bytes.INT, address));
  }

  static short shortAt(long address) {
    return ALL.get(Bytes.SHORT, address);
  }

  static void copyOut(long from, byte[] to, int toOffset, int length) {
    MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, from, to, toOffset, length);
  }

  /// Whether the same `length` bytes are at both places.
  static boolean same(long address, byte[] array, int offset, int length) {
    int i = 0;
    for (; i <= length - Long.BYTES; i += Long.BYTES) {
      if (ALL.get(Bytes.LONG, address + i) != (long) ARRAY_LONG.get(array, offset + i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (ALL.get(ValueLayout.JAVA_BYTE, address + i) != array[offset + i]) {
        return false;
      }
    }
    return true;
  }
}
