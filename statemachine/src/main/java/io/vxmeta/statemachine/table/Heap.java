package io.vxmeta.statemachine.table;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The slots that hold records and overflow buckets: slabs of one size, each cut into slots of one
/// class.
final class Heap {
  /* Threads: the writer. Readers use `bytes` and `readableBytes` only; the latter grows BEFORE a slot past it is published by a
   *   bucket's sequence, so whoever acquired that sequence sees it.
   * Invariants (verify() checks them):
   *   - a slot is used if and only if its bit in the slab's bitmap is set; the bitmap is in the file and part of cuts;
   *   - a slab of class NONE is in the free list, one with a free slot in the list of its class, a full one in none;
   *   - a slab without used slots becomes NONE unless it is the only one with room in its class: freed memory serves any class.
   * Lists and counts live on the Java heap and are rebuilt from the bitmaps after a restore.
   * Slab header (little-endian): magic u32 | class u16 | shard u16 | slab number u32 | check u32. */

  static final int SLAB_SHIFT = 14;

  private static final int MAGIC = 0x4C53_5856; // "VXSL"
  private static final int CLASS_AT = 4;
  private static final int SHARD_AT = 6;
  private static final int NUMBER_AT = 8;
  private static final int CHECK_AT = 12;
  private static final int NIL = -1;

  private final LiveFile file;
  private final MemorySegment bytes;
  private final int shard;
  private final int[] withRoom = new int[SizeClass.COUNT];
  private byte[] classes = new byte[16];
  private short[] used = new short[16];
  private int[] next = new int[16];
  private int[] previous = new int[16];
  private int slabs;
  private int freeSlabs;
  private long readableBytes;

  Heap(LiveFile file, int shard) {
    this.file = file;
    this.bytes = file.bytes();
    this.shard = shard;
    Arrays.fill(withRoom, NIL);
  }

  MemorySegment bytes() {
    return bytes;
  }

  LiveFile file() {
    return file;
  }

  /// Everything before this offset may be read.
  long readableBytes() {
    return readableBytes;
  }

  int slabs() {
    return slabs;
  }

  int freeSlabs() {
    return freeSlabs;
  }

  int slabClass(int slab) {
    return classes[slab];
  }

  int usedSlots(int slab) {
    return used[slab];
  }

  /// Takes a slot; its block is touched.
  ///
  /// @throws io.vxmeta.statemachine.os.LiveMemoryExhausted if there is no room; nothing was changed
  long allocate(int sizeClass) {
    int slab = withRoom[sizeClass];
    if (slab == NIL) {
      slab = newSlab(sizeClass);
    }
    long base = base(slab);
    file.touch(base);
    int slot = takeFreeBit(base, SizeClass.words(sizeClass));
    if (++used[slab] == SizeClass.slots(sizeClass)) {
      unlink(slab, sizeClass);
    }
    return base + SizeClass.firstSlot(sizeClass) + (long) slot * SizeClass.slotBytes(sizeClass);
  }

  private int takeFreeBit(long base, int words) {
    for (int word = 0; word < words; word++) {
      long at = base + SizeClass.SLAB_HEADER_BYTES + (long) word * Long.BYTES;
      long bits = Bytes.longAt(bytes, at);
      if (bits != -1L) {
        int bit = Long.numberOfTrailingZeros(~bits);
        Bytes.putLong(bytes, at, bits | 1L << bit);
        return word * Long.SIZE + bit;
      }
    }
    throw new IllegalStateException(
        "expected a free slot in a slab with room: shard="
            + shard
            + " slab="
            + (base >>> SLAB_SHIFT));
  }

  /// Gives a slot back. What it holds stays until it is taken again: a reader that still looks at
  /// it finds out by its bucket.
  void free(long offset) {
    int slab = slabOf(offset);
    int sizeClass = classes[slab];
    int slot = slotOf(offset, sizeClass);
    long base = base(slab);
    file.touch(base);
    long at = base + SizeClass.SLAB_HEADER_BYTES + (long) (slot / Long.SIZE) * Long.BYTES;
    long bit = 1L << slot;
    long bits = Bytes.longAt(bytes, at);
    if ((bits & bit) == 0) {
      throw new IllegalStateException(
          "expected a used slot to free: shard=" + shard + " offset=" + offset);
    }
    Bytes.putLong(bytes, at, bits & ~bit);
    if (used[slab]-- == SizeClass.slots(sizeClass)) {
      link(slab, sizeClass);
    }
    if (used[slab] == 0 && (next[slab] != NIL || previous[slab] != NIL)) {
      unlink(slab, sizeClass);
      assign(slab, SizeClass.NONE);
      link(slab, SizeClass.NONE);
      freeSlabs++;
    }
  }

  static int slabOf(long offset) {
    return (int) (offset >>> SLAB_SHIFT);
  }

  private static long base(int slab) {
    return (long) slab << SLAB_SHIFT;
  }

  /// The class of the slot at `offset`.
  int classAt(long offset) {
    return classes[slabOf(offset)];
  }

  static int slotOf(long offset, int sizeClass) {
    int inSlab = (int) offset & (SizeClass.SLAB_BYTES - 1);
    return (inSlab - SizeClass.firstSlot(sizeClass)) / SizeClass.slotBytes(sizeClass);
  }

  /// Whether a slot of a class in use starts at `offset`, and is taken.
  boolean usedSlotStartsAt(long offset) {
    if (offset <= 0 || offset >= readableBytes) {
      return false;
    }
    int sizeClass = classAt(offset);
    int inSlab = (int) offset & (SizeClass.SLAB_BYTES - 1);
    int fromFirst = inSlab - SizeClass.firstSlot(sizeClass);
    if (sizeClass == SizeClass.NONE
        || fromFirst < 0
        || fromFirst % SizeClass.slotBytes(sizeClass) != 0) {
      return false;
    }
    int slot = fromFirst / SizeClass.slotBytes(sizeClass);
    return slot < SizeClass.slots(sizeClass)
        && (bitmapWord(slabOf(offset), slot / Long.SIZE) & 1L << slot) != 0;
  }

  long bitmapWord(int slab, int word) {
    return Bytes.longAt(bytes, base(slab) + SizeClass.SLAB_HEADER_BYTES + (long) word * Long.BYTES);
  }

  private int newSlab(int sizeClass) {
    int slab = withRoom[SizeClass.NONE];
    if (slab == NIL) {
      slab = extend();
    } else {
      unlink(slab, SizeClass.NONE);
      freeSlabs--;
    }
    assign(slab, sizeClass);
    link(slab, sizeClass);
    return slab;
  }

  private int extend() {
    int slab = slabs;
    file.use(base(slab + 1));
    makeRoomForCounts(slab + 1);
    slabs++;
    readableBytes = base(slabs);
    return slab;
  }

  private void makeRoomForCounts(int count) {
    if (count > classes.length) {
      int length = Math.max(count, classes.length * 2);
      classes = Arrays.copyOf(classes, length);
      used = Arrays.copyOf(used, length);
      next = Arrays.copyOf(next, length);
      previous = Arrays.copyOf(previous, length);
    }
  }

  private void assign(int slab, int sizeClass) {
    long base = base(slab);
    file.touch(base);
    Bytes.putInt(bytes, base, MAGIC);
    Bytes.putShort(bytes, base + CLASS_AT, (short) sizeClass);
    Bytes.putShort(bytes, base + SHARD_AT, (short) shard);
    Bytes.putInt(bytes, base + NUMBER_AT, slab);
    Bytes.putInt(bytes, base + CHECK_AT, check(slab, sizeClass));
    for (int word = 0; word < SizeClass.words(sizeClass); word++) {
      Bytes.putLong(bytes, base + SizeClass.SLAB_HEADER_BYTES + (long) word * Long.BYTES, 0);
    }
    classes[slab] = (byte) sizeClass;
    used[slab] = 0;
  }

  private int check(int slab, int sizeClass) {
    int hash = (slab * 31 + shard) * 31 + sizeClass;
    hash = (hash ^ (hash >>> 16)) * 0x7FEB_352D;
    return hash ^ (hash >>> 15);
  }

  private void link(int slab, int sizeClass) {
    int head = withRoom[sizeClass];
    next[slab] = head;
    previous[slab] = NIL;
    if (head != NIL) {
      previous[head] = slab;
    }
    withRoom[sizeClass] = slab;
  }

  private void unlink(int slab, int sizeClass) {
    int before = previous[slab];
    int after = next[slab];
    if (before == NIL) {
      withRoom[sizeClass] = after;
    } else {
      next[before] = after;
    }
    if (after != NIL) {
      previous[after] = before;
    }
  }

  /// Makes the first `count` slabs of the file, whose bytes are there already, those of this heap.
  void adopt(int count) throws BadImage {
    makeRoomForCounts(count);
    slabs = count;
    readableBytes = base(count);
    for (int slab = count - 1; slab >= 0; slab--) {
      int sizeClass = checkedClass(slab);
      classes[slab] = (byte) sizeClass;
      used[slab] = (short) usedBits(slab, sizeClass);
      if (sizeClass == SizeClass.NONE) {
        freeSlabs++;
      }
      if (sizeClass == SizeClass.NONE || used[slab] < SizeClass.slots(sizeClass)) {
        link(slab, sizeClass);
      }
    }
  }

  private int checkedClass(int slab) throws BadImage {
    long base = base(slab);
    int sizeClass = Bytes.shortAt(bytes, base + CLASS_AT);
    if (Bytes.intAt(bytes, base) != MAGIC
        || Bytes.shortAt(bytes, base + SHARD_AT) != shard
        || Bytes.intAt(bytes, base + NUMBER_AT) != slab
        || sizeClass < 0
        || sizeClass >= SizeClass.COUNT
        || Bytes.intAt(bytes, base + CHECK_AT) != check(slab, sizeClass)) {
      throw new BadImage("expected the header of slab " + slab + " of shard " + shard);
    }
    return sizeClass;
  }

  private int usedBits(int slab, int sizeClass) throws BadImage {
    int count = 0;
    int words = SizeClass.words(sizeClass);
    for (int word = 0; word < words; word++) {
      long bits = bitmapWord(slab, word);
      int beyond = (word + 1) * Long.SIZE - SizeClass.slots(sizeClass);
      if (beyond > 0 && bits >>> (Long.SIZE - beyond) != 0) {
        throw new BadImage("expected no used slot past the last of slab " + slab);
      }
      count += Long.bitCount(bits);
    }
    return count;
  }

  /// The slots in use by records together; equal to the live bytes of all records, or a slot is
  /// lost or counted twice.
  long recordSlotBytes() {
    long sum = 0;
    for (int slab = 0; slab < slabs; slab++) {
      if (classes[slab] != SizeClass.BUCKETS) {
        sum += (long) used[slab] * SizeClass.slotBytes(classes[slab]);
      }
    }
    return sum;
  }

  /// Compares a slab's header and bits with what is kept of it, and its place in its list with that
  /// of its neighbours.
  void checkSlab(int slab, Problems report) {
    try {
      int bits = usedBits(slab, checkedClass(slab));
      if (bits != used[slab]) {
        report.add("slab " + slab + " counts " + used[slab] + " used slots, its bits " + bits);
      }
    } catch (BadImage e) {
      report.add("slab " + slab + ": " + e.getMessage());
      return;
    }
    int sizeClass = classes[slab];
    if (Bytes.shortAt(bytes, base(slab) + CLASS_AT) != sizeClass) {
      report.add("slab " + slab + " is of another class than its header says");
    }
    boolean listed = sizeClass == SizeClass.NONE || used[slab] < SizeClass.slots(sizeClass);
    if (listed && !linked(slab, sizeClass)) {
      report.add("slab " + slab + " is not where its neighbours in the list say");
    }
  }

  private boolean linked(int slab, int sizeClass) {
    int before = previous[slab];
    int after = next[slab];
    boolean first = before == NIL && withRoom[sizeClass] == slab;
    return (first || (before != NIL && next[before] == slab && classes[before] == sizeClass))
        && (after == NIL || (previous[after] == slab && classes[after] == sizeClass));
  }

  /// Walks the lists; adds a sentence to `report` for each slab that is in the wrong one.
  void checkLists(Problems report) {
    boolean[] listed = new boolean[slabs];
    for (int sizeClass = 0; sizeClass < SizeClass.COUNT; sizeClass++) {
      int steps = 0;
      for (int slab = withRoom[sizeClass]; slab != NIL && steps <= slabs; slab = next[slab]) {
        steps++;
        boolean misplaced =
            listed[slab]
                || classes[slab] != sizeClass
                || (sizeClass != SizeClass.NONE && used[slab] >= SizeClass.slots(sizeClass));
        if (misplaced) {
          report.add("slab " + slab + " is in the list of class " + sizeClass + " wrongly");
        }
        listed[slab] = true;
      }
    }
    for (int slab = 0; slab < slabs; slab++) {
      boolean full =
          classes[slab] != SizeClass.NONE && used[slab] == SizeClass.slots(classes[slab]);
      if (listed[slab] == full) {
        report.add("slab " + slab + " is " + (full ? "full but listed" : "not listed"));
      }
    }
  }
}
