package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.LittleEndian;
import java.util.Arrays;

/// What the earlier mutations of a transaction will make of each key, before any of them has
/// happened.
final class PendingTypes {
  /* An add must be refused before the first mutation if the value it will meet is no counter, so its check needs the state that
   * the earlier mutations of the same transaction lead to. Open addressing; slots of an earlier transaction count as empty
   * by their generation, so nothing is cleared between transactions.
   * Memory: up to 32,768 slots of 16 bytes, for a transaction of 10,000 mutations with an add among them; a new one starts small.
   */

  /// No earlier mutation of the key: the table knows.
  static final int UNKNOWN = 0;

  static final int ABSENT = 1;
  static final int COUNTER = 2;
  static final int OTHER = 3;

  private static final int SLOTS_MIN = 64;

  private byte[] buffer = new byte[0];
  private int[] generations = new int[SLOTS_MIN];
  private int[] keyOffsets = new int[SLOTS_MIN];
  private int[] keyLengths = new int[SLOTS_MIN];
  private int[] shardsAndTypes = new int[SLOTS_MIN];
  private int generation;

  /// Forgets everything and makes room for `mutations` keys inside `buffer`.
  void begin(byte[] newBuffer, int mutations) {
    buffer = newBuffer;
    if (mutations * 2 > generations.length) {
      int slots = Integer.highestOneBit(mutations * 4 - 1);
      generations = new int[slots];
      keyOffsets = new int[slots];
      keyLengths = new int[slots];
      shardsAndTypes = new int[slots];
      generation = 0;
    }
    if (++generation == 0) {
      Arrays.fill(generations, 0);
      generation = 1;
    }
  }

  int type(int shard, int keyOffset, int keyLength) {
    int slot = slotOf(shard, keyOffset, keyLength);
    return generations[slot] == generation ? shardsAndTypes[slot] & 3 : UNKNOWN;
  }

  void note(int shard, int keyOffset, int keyLength, int type) {
    int slot = slotOf(shard, keyOffset, keyLength);
    generations[slot] = generation;
    keyOffsets[slot] = keyOffset;
    keyLengths[slot] = keyLength;
    shardsAndTypes[slot] = (shard << 2) | type;
  }

  private int slotOf(int shard, int keyOffset, int keyLength) {
    int mask = generations.length - 1;
    int slot = hash(shard, keyOffset, keyLength) & mask;
    while (generations[slot] == generation) {
      if (shardsAndTypes[slot] >>> 2 == shard
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
