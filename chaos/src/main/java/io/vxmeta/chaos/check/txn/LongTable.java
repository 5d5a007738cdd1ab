package io.vxmeta.chaos.check.txn;

import java.util.Arrays;

/// Numbers longs in the order in which they are first met.
final class LongTable {
  /* Open addressing, linear probing, at most half full. Slots hold number + 1, so that 0 is empty. */

  private static final int SLOTS_MIN = 1 << 6;

  private long[] items = new long[SLOTS_MIN / 2];
  private int[] slots = new int[SLOTS_MIN];
  private int size;

  /// The number of the item, a new one if it was never met.
  int number(long item) {
    int slot = slot(item);
    if (slots[slot] != 0) {
      return slots[slot] - 1;
    }
    if (size == items.length) {
      grow();
      slot = slot(item);
    }
    items[size] = item;
    slots[slot] = ++size;
    return size - 1;
  }

  long item(int number) {
    return items[number];
  }

  int size() {
    return size;
  }

  /// Where the item stands, or where it would be put.
  private int slot(long item) {
    int slot = home(item, slots.length);
    while (slots[slot] != 0 && items[slots[slot] - 1] != item) {
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }

  /// Where the search for an item begins. Fibonacci hashing: the high bits of the product are the
  /// well mixed ones.
  static int home(long item, int slots) {
    long mixed = (item ^ (item >>> 32)) * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> (Long.SIZE - Integer.numberOfTrailingZeros(slots)));
  }

  private void grow() {
    items = Arrays.copyOf(items, 2 * items.length);
    slots = new int[2 * slots.length];
    for (int number = 0; number < size; number++) {
      slots[slot(items[number])] = number + 1;
    }
  }
}
