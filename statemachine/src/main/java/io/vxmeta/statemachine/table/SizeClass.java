package io.vxmeta.statemachine.table;

/// The slot sizes of the heap, and how a value too long for one slot is cut in pieces.
final class SizeClass {
  /* A slab is SLAB_BYTES long and holds slots of one class:
   *
   *     0        16                 first slot                               SLAB_BYTES - 8
   *     +--------+------------------+---------+---------+-- - - --+----------+------+
   *     | header | a bit per slot   | slot 0  | slot 1  |         | slot n-1 | rest |
   *     +--------+------------------+---------+---------+-- - - --+----------+------+
   *
   * The last 8 bytes hold nothing, so that eight bytes can be read wherever a field starts.
   * Class 0 is a slab without slots, class 1 holds overflow buckets of the index (aligned to their size), the others
   * records: each multiple of 8 up to 504 bytes, above that the largest slot of which 31, 30, .. 1 fit in a slab.
   * So a record of up to WHOLE_BYTES wastes at most max(7 bytes, an eighth of itself). A longer one that would waste more is cut;
   * all slabs have one size, and therefore freed ones always fit whatever comes next. */

  static final int SLAB_BYTES = 16 << 10;
  static final int SLAB_HEADER_BYTES = 16;

  static final int NONE = 0;
  static final int BUCKETS = 1;
  private static final int RECORDS_FIRST = 2;

  /// Slots start and lengths count in units of 8 bytes; 32 bits of them address the heap.
  static final int UNIT_SHIFT = 3;

  private static final int UNIT = 1 << UNIT_SHIFT;
  private static final int SLAB_END = SLAB_BYTES - Long.BYTES;
  private static final int SMALLEST = 16;
  private static final int FINE_MAX = 504;
  private static final int COARSE_SLOTS_MAX = 31;
  private static final int BUCKET_BYTES = 64;

  /// Up to here a record always gets one slot.
  static final int WHOLE_BYTES = 2_040;

  /// A longer one gets one slot, too, if that wastes at most this part of the record.
  private static final int WASTE_PART = 8;

  private static final int FINE = (FINE_MAX - SMALLEST) / UNIT + 1;

  /// How many classes there are.
  static final int COUNT = RECORDS_FIRST + FINE + COARSE_SLOTS_MAX;

  private static final int[] SLOT_BYTES = new int[COUNT];
  private static final int[] SLOTS = new int[COUNT];
  private static final int[] FIRST_SLOT = new int[COUNT];
  private static final byte[] CLASS_OF_UNITS;

  /// The longest slot: one a slab.
  static final int LONGEST;

  static {
    define(NONE, 0, 0);
    define(BUCKETS, BUCKET_BYTES, slotsOf(BUCKET_BYTES, BUCKET_BYTES));
    int next = RECORDS_FIRST;
    for (int bytes = SMALLEST; bytes <= FINE_MAX; bytes += UNIT) {
      define(next++, bytes, slotsOf(bytes, UNIT));
    }
    for (int slots = COARSE_SLOTS_MAX; slots >= 1; slots--) {
      define(next++, (SLAB_END - firstSlot(slots, UNIT)) / slots / UNIT * UNIT, slots);
    }
    LONGEST = SLOT_BYTES[COUNT - 1];
    CLASS_OF_UNITS = new byte[LONGEST / UNIT + 1];
    int sizeClass = RECORDS_FIRST;
    for (int units = 0; units < CLASS_OF_UNITS.length; units++) {
      while (SLOT_BYTES[sizeClass] < units * UNIT) {
        sizeClass++;
      }
      CLASS_OF_UNITS[units] = (byte) sizeClass;
    }
  }

  private SizeClass() {}

  private static void define(int sizeClass, int bytes, int slots) {
    SLOT_BYTES[sizeClass] = bytes;
    SLOTS[sizeClass] = slots;
    FIRST_SLOT[sizeClass] = firstSlot(slots, sizeClass == BUCKETS ? BUCKET_BYTES : UNIT);
  }

  private static int firstSlot(int slots, int alignment) {
    int bitmapEnd = SLAB_HEADER_BYTES + bitmapWords(slots) * Long.BYTES;
    return (bitmapEnd + alignment - 1) / alignment * alignment;
  }

  private static int slotsOf(int bytes, int alignment) {
    int slots = SLAB_END / bytes;
    while (firstSlot(slots, alignment) + slots * bytes > SLAB_END) {
      slots--;
    }
    return slots;
  }

  private static int bitmapWords(int slots) {
    return (slots + Long.SIZE - 1) / Long.SIZE;
  }

  /// The class with the smallest slot for `bytes`, at most [#LONGEST].
  static int of(int bytes) {
    return CLASS_OF_UNITS[(bytes + UNIT - 1) >>> UNIT_SHIFT];
  }

  static int slotBytes(int sizeClass) {
    return SLOT_BYTES[sizeClass];
  }

  static int slots(int sizeClass) {
    return SLOTS[sizeClass];
  }

  /// Where in a slab the first slot starts.
  static int firstSlot(int sizeClass) {
    return FIRST_SLOT[sizeClass];
  }

  static int words(int sizeClass) {
    return bitmapWords(SLOTS[sizeClass]);
  }

  /// Whether a record of `bytes` is kept in one slot.
  static boolean whole(int bytes) {
    return bytes <= WHOLE_BYTES || (bytes <= LONGEST && fits(bytes));
  }

  private static boolean fits(int bytes) {
    return SLOT_BYTES[of(bytes)] - bytes <= bytes / WASTE_PART;
  }

  /// How long the next piece of a value is of which `rest` bytes are left.
  static int piece(int rest) {
    if (rest >= LONGEST) {
      return LONGEST;
    }
    return whole(rest) ? rest : SLOT_BYTES[of(rest) - 1];
  }

  /// How many pieces a value of `length` bytes has.
  static int pieces(int length) {
    int pieces = length / LONGEST;
    int rest = length % LONGEST;
    while (rest > 0) {
      rest -= piece(rest);
      pieces++;
    }
    return pieces;
  }

  /// The slots of all pieces of a value together.
  static long piecesBytes(int length) {
    long bytes = (long) (length / LONGEST) * LONGEST;
    int rest = length % LONGEST;
    while (rest > 0) {
      int piece = piece(rest);
      bytes += SLOT_BYTES[of(piece)];
      rest -= piece;
    }
    return bytes;
  }
}
