package io.vxmeta.chaos.check.txn;

import java.util.Arrays;

/// Two transactions that read the same version of a key and then both wrote it: one of the writes
/// was lost.
final class LostUpdates {
  /* Elements are unique within a key and lists agree, so a version is its last element and its length. */

  private static final int NOBODY = -1;

  private final Transactions transactions;
  private final Findings findings;
  private final LongTable versions = new LongTable();
  private int[] updater = new int[64];
  private final int[] firstRead;
  private final int[] stamp;

  LostUpdates(Transactions transactions, Findings findings) {
    this.transactions = transactions;
    this.findings = findings;
    int keys = transactions.steps().keys();
    firstRead = new int[keys];
    stamp = new int[keys];
    Arrays.fill(stamp, NOBODY);
  }

  /// `firstRead` holds, for a key this transaction touched, the step of its first read, or
  /// [#NOBODY] once the update was noted.
  void add(int id) {
    Steps steps = transactions.steps();
    for (int step = transactions.firstStep(id); step < transactions.endStep(id); step++) {
      int key = steps.key(step);
      boolean touched = stamp[key] == id;
      if (steps.reads(step)) {
        if (!touched) {
          stamp[key] = id;
          firstRead[key] = step;
        }
      } else if (touched && firstRead[key] != NOBODY) {
        update(version(steps, firstRead[key]), key, id);
        firstRead[key] = NOBODY;
      }
    }
  }

  private static long version(Steps steps, int read) {
    return switch (steps.kind(read)) {
      case READ_VALUE -> (long) steps.element(read) << Integer.SIZE | 1;
      case READ_LIST -> {
        int length = steps.length(read);
        yield length == 0
            ? initial(steps.key(read))
            : (long) steps.trunk(read).element(length - 1) << Integer.SIZE | length;
      }
      case READ_NULL, APPEND, WRITE -> initial(steps.key(read));
    };
  }

  private static long initial(int key) {
    return -1L - key;
  }

  private void update(long version, int key, int id) {
    int known = versions.size();
    int number = versions.number(version);
    if (number == updater.length) {
      updater = Arrays.copyOf(updater, 2 * number);
    }
    if (number == known) {
      updater[number] = id;
      return;
    }
    int other = updater[number];
    findings.add(
        "lost-update",
        () ->
            "The transactions at index "
                + transactions.index(other)
                + " and "
                + transactions.index(id)
                + " both read the same version of key "
                + transactions.steps().keyName(key)
                + " and then wrote it.",
        transactions.event(other),
        transactions.event(id));
  }
}
