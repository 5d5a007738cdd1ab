package io.vxmeta.statemachine.table;

import java.lang.foreign.MemorySegment;

/// The layout of a bucket: one cache line of the index, or of the heap if it overflows another one.
final class Bucket {
  /* Little-endian:
   *
   *     0           4       8              44                  62     64
   *     +-----------+-------+--------------+-------------------+------+
   *     | sequence  | link  | 9 offsets    | 9 fingerprints    | tag  |
   *     +-----------+-------+--------------+-------------------+------+
   *
   * offset and link: heap offset in units of 8 bytes, 0 none. An overflow bucket's sequence and tag stay 0.
   * The used slots of a chain are its first ones: only the last bucket has free slots, behind its used ones.
   * Offsets are aligned to their size, so that one is never read half. */

  static final int BYTES = 64;

  /// 4-byte offset and 2-byte fingerprint each, in what sequence, link and tag leave of a line.
  static final int SLOTS = 9;

  private static final int LINK_AT = 4;
  private static final int OFFSETS_AT = 8;
  private static final int FINGERPRINTS_AT = 44;
  private static final int TAG_AT = 62;

  private static final long LANES = 0x0001_0001_0001_0001L;
  private static final long LANE_LOW_BITS = 0x7FFF_7FFF_7FFF_7FFFL;

  /// Gathers bits 0, 16, 32 and 48 in bits 48 to 51.
  private static final long LANES_TO_NIBBLE = 0x0001_0002_0004_0008L;

  private Bucket() {}

  /// A bit for each slot with this fingerprint, used or not, of the bucket at an address.
  static int matches(long address, short fingerprint) {
    long pattern = (fingerprint & 0xFFFFL) * LANES;
    long at = address + FINGERPRINTS_AT;
    int low = zeroLanes(RawBytes.longAt(at) ^ pattern);
    int high = zeroLanes(RawBytes.longAt(at + 8) ^ pattern);
    int last = RawBytes.shortAt(at + 16) == fingerprint ? 1 : 0;
    return low | high << 4 | last << 8;
  }

  /// A bit for each of the four 16-bit lanes that is 0.
  private static int zeroLanes(long lanes) {
    long top = ~(((lanes & LANE_LOW_BITS) + LANE_LOW_BITS) | lanes | LANE_LOW_BITS);
    return (int) (((top >>> 15) * LANES_TO_NIBBLE) >>> 48) & 15;
  }

  /// As [#record(MemorySegment, long, int)], of the bucket at an address.
  static long record(long address, int slot) {
    return RawBytes.unsignedIntAt(address + OFFSETS_AT + (long) slot * Integer.BYTES)
        << SizeClass.UNIT_SHIFT;
  }

  /// As [#link(MemorySegment, long)], of the bucket at an address.
  static long link(long address) {
    return RawBytes.unsignedIntAt(address + LINK_AT) << SizeClass.UNIT_SHIFT;
  }

  /// The record that a slot names, 0 if it is free.
  static long record(MemorySegment memory, long base, int slot) {
    return Bytes.unsignedIntAt(memory, base + OFFSETS_AT + (long) slot * Integer.BYTES)
        << SizeClass.UNIT_SHIFT;
  }

  static short fingerprint(MemorySegment memory, long base, int slot) {
    return Bytes.shortAt(memory, base + FINGERPRINTS_AT + (long) slot * Short.BYTES);
  }

  /// The heap offset of the next bucket of the chain, 0 at its end.
  static long link(MemorySegment memory, long base) {
    return Bytes.unsignedIntAt(memory, base + LINK_AT) << SizeClass.UNIT_SHIFT;
  }

  static short tag(MemorySegment memory, long base) {
    return Bytes.shortAt(memory, base + TAG_AT);
  }

  static void set(MemorySegment memory, long base, int slot, long record, short fingerprint) {
    Bytes.putInt(
        memory,
        base + OFFSETS_AT + (long) slot * Integer.BYTES,
        (int) (record >>> SizeClass.UNIT_SHIFT));
    Bytes.putShort(memory, base + FINGERPRINTS_AT + (long) slot * Short.BYTES, fingerprint);
  }

  static void setLink(MemorySegment memory, long base, long link) {
    Bytes.putInt(memory, base + LINK_AT, (int) (link >>> SizeClass.UNIT_SHIFT));
  }

  /// Empties a bucket that no reader can see.
  static void clear(MemorySegment memory, long base, short tag) {
    for (int at = 0; at < BYTES; at += Long.BYTES) {
      Bytes.putLong(memory, base + at, 0);
    }
    Bytes.putShort(memory, base + TAG_AT, tag);
  }

  /// The slot that names `record`, -1 if none does; with 0, the first free slot.
  static int slotOf(MemorySegment memory, long base, long record) {
    for (int slot = 0; slot < SLOTS; slot++) {
      if (record(memory, base, slot) == record) {
        return slot;
      }
    }
    return -1;
  }
}
