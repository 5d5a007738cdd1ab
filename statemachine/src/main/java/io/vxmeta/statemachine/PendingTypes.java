package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.LittleEndian;
import java.util.Arrays;

/// What form the earlier mutations of a transaction will give to each key's value, and how long it
/// can be, before any of them has happened.
final class PendingTypes {
  /* A merge must be refused before the first mutation if the value it will meet has another form, so its check needs the state that
   * the earlier mutations of the same transaction lead to. Open addressing; slots of an earlier transaction count as empty
   * by their generation, so nothing is cleared between transactions.
   * Memory: up to 32,768 slots of 20 bytes, for a transaction of 10,000 mutations with a merge among them; a new one starts small.
   */

  /// No earlier mutation of the key: the table knows.
  static final int UNKNOWN = 0;

  // The forms a value has, as bits: eight bytes can be a counter and a set at once.
  static final int ABSENT = 1;
  static final int COUNTER = 2;
  static final int STAMPED = 4;
  static final int SET = 8;
  static final int INTERVALS = 16;
  static final int NO_FORM = 32;

  private static final int FORM_BITS = 6;

  private static final int SLOTS_MIN = 64;

  private byte[] buffer = new byte[0];
  private int[] generations = new int[SLOTS_MIN];
  private int[] keyOffsets = new int[SLOTS_MIN];
  private int[] keyLengths = new int[SLOTS_MIN];
  private int[] shardsAndForms = new int[SLOTS_MIN];
  private int[] lengths = new int[SLOTS_MIN];
  private int generation;

  /// Forgets everything and makes room for `mutations` keys inside `buffer`.
  void begin(byte[] newBuffer, int mutations) {
    buffer = newBuffer;
    if (mutations * 2 > generations.length) {
      int slots = Integer.highestOneBit(mutations * 4 - 1);
      generations = new int[slots];
      keyOffsets = new int[slots];
      keyLengths = new int[slots];
      shardsAndForms = new int[slots];
      lengths = new int[slots];
      generation = 0;
    }
    if (++generation == 0) {
      Arrays.fill(generations, 0);
      generation = 1;
    }
  }

  int forms(int shard, int keyOffset, int keyLength) {
    int slot = slotOf(shard, keyOffset, keyLength);
    return generations[slot] == generation
        ? shardsAndForms[slot] & ((1 << FORM_BITS) - 1)
        : UNKNOWN;
  }

  /// Bytes of the value, at most, of a key whose forms are known.
  int lengthMax(int shard, int keyOffset, int keyLength) {
    return lengths[slotOf(shard, keyOffset, keyLength)];
  }

  void note(int shard, int keyOffset, int keyLength, int forms, int lengthMax) {
    int slot = slotOf(shard, keyOffset, keyLength);
    generations[slot] = generation;
    keyOffsets[slot] = keyOffset;
    keyLengths[slot] = keyLength;
    shardsAndForms[slot] = (shard << FORM_BITS) | forms;
    lengths[slot] = lengthMax;
  }

  private int slotOf(int shard, int keyOffset, int keyLength) {
    int mask = generations.length - 1;
    int slot = hash(shard, keyOffset, keyLength) & mask;
    while (generations[slot] == generation) {
      if (shardsAndForms[slot] >>> FORM_BITS == shard
          && keyLengths[slot] == keyLength
          && Arrays.equals(
              buffer,
              keyOffset,
              keyOffset + keyLength,
              buffer,
              keyOffsets[slot],
              keyOffsets[slot] + keyLength)) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private int hash(int shard, int keyOffset, int keyLength) {
    long hash = Mix.one(shard);
    int at = keyOffset;
    int end = keyOffset + keyLength;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      hash = Mix.next(hash, LittleEndian.i64(buffer, at));
    }
    long tail = 0;
    for (; at < end; at++) {
      tail = (tail << 8) | (buffer[at] & 0xFF);
    }
    return (int) Mix.next(hash, tail);
  }
}
