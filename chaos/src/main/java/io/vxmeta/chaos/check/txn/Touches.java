package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Transactions.NOBODY;

import java.util.Arrays;

/// What each transaction did to each register, seen from outside: the version it found and the one
/// it left.
final class Touches {
  /* One touch for each transaction and key, those of a transaction in a row, in no particular order of keys. Only the first
   * read before the transaction's own write counts as found, and only if it was answered; only its last write as left.
   * Versions are elements; the initial version of key k is elements + k. */

  static final int NO_VERSION = -1;

  private final Transactions transactions;
  private final Steps steps;
  private final int[] first;
  private int[] key = new int[64];
  private int[] found = new int[64];
  private int[] left = new int[64];
  private int[] by = new int[64];
  private int count;

  Touches(Transactions transactions) {
    this.transactions = transactions;
    this.steps = transactions.steps();
    this.first = new int[transactions.count() + 1];
    int[] touch = new int[steps.keys()];
    Arrays.fill(touch, NOBODY);
    for (int id = 0; id < transactions.count(); id++) {
      first[id] = count;
      for (int step = transactions.firstStep(id); step < transactions.endStep(id); step++) {
        step(id, step, touch);
      }
    }
    first[transactions.count()] = count;
  }

  /// `touch` is by key the last touch made so far.
  private void step(int id, int step, int[] touch) {
    int k = steps.key(step);
    boolean writes = steps.kind(step) == Steps.Kind.WRITE;
    if (!writes && !transactions.ok(id)) {
      return;
    }
    if (touch[k] < first[id]) {
      touch[k] = push(id, k);
      found[touch[k]] = writes ? NO_VERSION : version(step);
    }
    if (writes) {
      left[touch[k]] = steps.element(step);
    }
  }

  private int push(int id, int k) {
    if (count == key.length) {
      key = Arrays.copyOf(key, 2 * count);
      found = Arrays.copyOf(found, 2 * count);
      left = Arrays.copyOf(left, 2 * count);
      by = Arrays.copyOf(by, 2 * count);
    }
    key[count] = k;
    left[count] = NO_VERSION;
    by[count] = id;
    return count++;
  }

  /// The version that a read or a write shows.
  int version(int step) {
    return switch (steps.kind(step)) {
      case WRITE, READ_VALUE -> steps.element(step);
      case READ_NULL, READ_LIST, APPEND -> initial(steps.key(step));
    };
  }

  int initial(int k) {
    return steps.elements().count() + k;
  }

  boolean isInitial(int version) {
    return version >= steps.elements().count();
  }

  /// How many versions there may be, initial ones included.
  int versions() {
    return steps.elements().count() + steps.keys();
  }

  int keyOf(int version) {
    return isInitial(version) ? version - steps.elements().count() : steps.elements().key(version);
  }

  String words(int version) {
    return isInitial(version) ? "the initial state" : String.valueOf(steps.value(version));
  }

  int count() {
    return count;
  }

  int from(int id) {
    return first[id];
  }

  int until(int id) {
    return first[id + 1];
  }

  int key(int touch) {
    return key[touch];
  }

  /// The version read; [#NO_VERSION] if none.
  int found(int touch) {
    return found[touch];
  }

  /// The version written; [#NO_VERSION] if none.
  int left(int touch) {
    return left[touch];
  }

  /// The transaction.
  int by(int touch) {
    return by[touch];
  }
}
