package io.vxmeta.shardmap.move;

import java.util.Arrays;

/// States of 128 bits, each once, numbered in the order in which they came.
final class StateSet {
  /* States are compared whole, so nothing rests on hashes being different. `slots` holds numbers plus one, at most half full,
   * and is searched from the hash's slot on.
   */
  private long[] highs = new long[1 << 10];
  private long[] lows = new long[1 << 10];
  private int[] slots = new int[1 << 12];
  private int size;

  int size() {
    return size;
  }

  long high(int number) {
    return highs[number];
  }

  long low(int number) {
    return lows[number];
  }

  /// Returns the state's number, which is the former size if it is new.
  int add(long high, long low) {
    int slot = slotOf(high, low);
    if (slots[slot] != 0) {
      return slots[slot] - 1;
    }
    if (size == highs.length) {
      highs = Arrays.copyOf(highs, 2 * size);
      lows = Arrays.copyOf(lows, 2 * size);
    }
    highs[size] = high;
    lows[size] = low;
    slots[slot] = ++size;
    if (2 * size >= slots.length) {
      grow();
    }
    return size - 1;
  }

  private void grow() {
    slots = new int[2 * slots.length];
    for (int number = 0; number < size; number++) {
      slots[slotOf(highs[number], lows[number])] = number + 1;
    }
  }

  /// Where a state is, or the free slot where it would be.
  private int slotOf(long high, long low) {
    int mask = slots.length - 1;
    int slot = (int) mixed(high ^ mixed(low + 0x9e3779b97f4a7c15L)) & mask;
    while (slots[slot] != 0 && !isAt(slots[slot] - 1, high, low)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean isAt(int number, long high, long low) {
    return highs[number] == high && lows[number] == low;
  }

  /// The last step of SplitMix64.
  private static long mixed(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
