package io.vxmeta.chaos.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// The keys a workload writes just now: few, chosen unevenly, and replaced when they have been
/// written often enough.
final class KeyPool {
  /* Threads: any, under one lock. Numbers of the pool are congruent modulo the tags, so all its keys share a shard.
   * Invariants: a value is handed out once for a key, ever; a retired key is never handed out again for writing. */

  /// What [#value] answers for a key that has left the pool meanwhile.
  static final long NONE = -1;

  private final int writesMax;
  private final int stride;
  private final List<Slot> slots = new ArrayList<>();
  private long next;

  /// A key in use and how many values it was given.
  private static final class Slot {
    private long key;
    private long values;

    Slot(long key) {
      this.key = key;
    }
  }

  /// @param first number of the pool's first key; others follow at a distance of `stride`
  /// @param active keys in use at the same time
  /// @param writesMax of one key
  KeyPool(long first, int stride, int active, int writesMax) {
    this.stride = stride;
    this.writesMax = writesMax;
    this.next = first;
    for (int i = 0; i < active; i++) {
      slots.add(new Slot(fresh()));
    }
  }

  private long fresh() {
    long key = next;
    next += stride;
    return key;
  }

  /// One of the keys in use, each twice as likely as the next.
  synchronized long choose(Random random) {
    int place = Math.min(Integer.numberOfTrailingZeros(random.nextInt() | 1 << 30), 30);
    return slots.get(place % slots.size()).key;
  }

  /// A value never given for this key before; the key leaves the pool with its last one.
  synchronized long value(long key) {
    for (Slot slot : slots) {
      if (slot.key == key) {
        long value = ++slot.values;
        if (value >= writesMax) {
          replace(slot);
        }
        return value;
      }
    }
    return NONE;
  }

  /// Takes a key out, because a write of it is in doubt.
  synchronized void retire(long key) {
    for (Slot slot : slots) {
      if (slot.key == key) {
        replace(slot);
      }
    }
  }

  private void replace(Slot slot) {
    slot.key = fresh();
    slot.values = 0;
  }

  /// Every key that was ever in use.
  synchronized List<Long> keys() {
    List<Long> keys = new ArrayList<>();
    long first = next % stride;
    for (long key = first; key < next; key += stride) {
      keys.add(key);
    }
    return keys;
  }
}
