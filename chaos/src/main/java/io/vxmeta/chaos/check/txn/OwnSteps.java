package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Transactions.NOBODY;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// Whether what a transaction read of lists agrees with its own earlier steps and with others'
/// final ones.
final class OwnSteps {
  /* While one transaction is checked, `lastStep` leads from a key to the last step on it and `before` from a step to the one
   * before on the same key; `stamp` says for which transaction a key's entry counts. A read is compared with the steps
   * between it and the read before it, so each step is looked at once. */

  private final Transactions transactions;
  private final Steps steps;
  private final Writers writers;
  private final Findings findings;
  private final int[] stamp;
  private final int[] lastStep;
  private final int[] lastRead;
  private int[] before = new int[64];

  OwnSteps(Transactions transactions, Writers writers, Findings findings) {
    this.transactions = transactions;
    this.steps = transactions.steps();
    this.writers = writers;
    this.findings = findings;
    this.stamp = new int[steps.keys()];
    this.lastStep = new int[steps.keys()];
    this.lastRead = new int[steps.keys()];
    Arrays.fill(stamp, NOBODY);
  }

  void check(int id) {
    int first = transactions.firstStep(id);
    int end = transactions.endStep(id);
    if (end - first > before.length) {
      before = new int[2 * (end - first)];
    }
    for (int step = first; step < end; step++) {
      int key = steps.key(step);
      if (stamp[key] != id) {
        stamp[key] = id;
        lastStep[key] = NOBODY;
        lastRead[key] = NOBODY;
      }
      before[step - first] = lastStep[key];
      lastStep[key] = step;
      if (steps.reads(step)) {
        internal(id, step);
        intermediate(id, step);
        lastRead[key] = step;
      } else {
        future(id, step);
      }
    }
  }

  private void future(int id, int append) {
    int read = lastRead[steps.key(append)];
    int element = steps.element(append);
    if (read != NOBODY && shows(read, element)) {
      findings.add(
          "future-read",
          () ->
              at(id)
                  + " read "
                  + steps.value(element)
                  + " of key "
                  + steps.keyName(steps.key(append))
                  + " before it appended it.",
          transactions.event(id));
    }
  }

  private boolean shows(int read, int element) {
    for (int i = steps.length(read) - 1; i >= 0; i--) {
      if (steps.trunk(read).element(i) == element) {
        return true;
      }
    }
    return false;
  }

  /// The list must end in what was appended since the last read, and that read's list must be all
  /// that stands before.
  private void internal(int id, int read) {
    int first = transactions.firstStep(id);
    int known = lastRead[steps.key(read)];
    int at = steps.length(read);
    boolean fits = true;
    int earlier = before[read - first];
    for (; fits && earlier != known; earlier = before[earlier - first]) {
      at--;
      fits = at >= 0 && steps.trunk(read).element(at) == steps.element(earlier);
    }
    if (fits && known != NOBODY) {
      fits = at == steps.length(known) && samePrefix(read, known, at);
    }
    if (!fits) {
      disagrees(id, read, known);
    }
  }

  private boolean samePrefix(int one, int other, int length) {
    if (length == 0 || steps.trunk(one) == steps.trunk(other)) {
      return true;
    }
    for (int i = 0; i < length; i++) {
      if (steps.trunk(one).element(i) != steps.trunk(other).element(i)) {
        return false;
      }
    }
    return true;
  }

  private void disagrees(int id, int read, int known) {
    List<Object> expected = new ArrayList<>();
    int first = transactions.firstStep(id);
    for (int e = before[read - first]; e != known; e = before[e - first]) {
      expected.add(steps.value(steps.element(e)));
    }
    Collections.reverse(expected);
    if (known != NOBODY) {
      expected.addAll(0, steps.list(known));
    }
    findings.add(
        "internal",
        () ->
            at(id)
                + " read key "
                + steps.keyName(steps.key(read))
                + " as "
                + steps.list(read)
                + ", but its own earlier steps demand "
                + (known == NOBODY ? "the end " : "")
                + expected
                + ".",
        transactions.event(id));
  }

  private void intermediate(int id, int read) {
    if (steps.length(read) == 0) {
      return;
    }
    int last = steps.trunk(read).element(steps.length(read) - 1);
    int writer = writers.writer(last);
    if (writer != NOBODY && writer != id && !writers.isFinal(last)) {
      findings.add(
          "G1b",
          () ->
              at(id)
                  + " read key "
                  + steps.keyName(steps.key(read))
                  + " as "
                  + steps.list(read)
                  + ", an intermediate state of "
                  + at(writer)
                  + ".",
          transactions.event(id),
          transactions.event(writer));
    }
  }

  private String at(int id) {
    return "the transaction at index " + transactions.index(id);
  }
}
