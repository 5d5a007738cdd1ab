package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Transactions.NOBODY;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.Predicate;

/// Who wrote each element, and whether it was a transaction's last write to its key.
final class Writers {
  /* Every element is written at most once, else nothing is concluded: a version would have no name. */

  private final Transactions transactions;
  private final Steps steps;
  private final Steps.Kind writing;
  private final int[] writer;
  private final int[] failed;
  private final BitSet finals = new BitSet();
  private Optional<String> refusal = Optional.empty();

  /// `writing` is the kind of step that writes in this workload.
  Writers(Transactions transactions, Steps.Kind writing) {
    this.transactions = transactions;
    this.steps = transactions.steps();
    this.writing = writing;
    this.writer = new int[steps.elements().count()];
    this.failed = new int[steps.elements().count()];
    Arrays.fill(writer, NOBODY);
    Arrays.fill(failed, NOBODY);
    collect();
    collectFailed();
  }

  private void collect() {
    int[] last = new int[steps.keys()];
    Arrays.fill(last, NOBODY);
    for (int id = 0; id < transactions.count(); id++) {
      for (int step = transactions.firstStep(id); step < transactions.endStep(id); step++) {
        if (steps.kind(step) == writing) {
          write(id, step, last);
        }
      }
    }
  }

  /// `last` is by key the last element written so far.
  private void write(int id, int step, int[] last) {
    int element = steps.element(step);
    int key = steps.key(step);
    if (writer[element] != NOBODY) {
      refuse(element);
    }
    if (last[key] != NOBODY && writer[last[key]] == id) {
      finals.clear(last[key]);
    }
    writer[element] = id;
    last[key] = element;
    finals.set(element);
  }

  private void collectFailed() {
    for (int i = 0; i < transactions.failures(); i++) {
      int event = transactions.failedEvent(i);
      int end = transactions.journal().endStep(event);
      for (int step = transactions.journal().firstStep(event); step < end; step++) {
        if (steps.kind(step) == writing) {
          int element = steps.element(step);
          if (writer[element] != NOBODY || failed[element] != NOBODY) {
            refuse(element);
          }
          failed[element] = event;
        }
      }
    }
  }

  private void refuse(int element) {
    if (refusal.isEmpty()) {
      refusal =
          Optional.of(
              "expected every value to be written to a key at most once: key="
                  + steps.keyName(steps.elements().key(element))
                  + " value="
                  + steps.value(element)
                  + "; let the workload write unique values");
    }
  }

  Optional<String> refusal() {
    return refusal;
  }

  /// Why a step that may have happened has no place in this workload.
  Optional<String> foreign(Predicate<Steps.Kind> kinds) {
    for (int id = 0; id < transactions.count(); id++) {
      for (int step = transactions.firstStep(id); step < transactions.endStep(id); step++) {
        if (kinds.test(steps.kind(step))) {
          return Optional.of(
              "expected steps of one workload, lists or registers: index="
                  + transactions.index(id)
                  + " step="
                  + steps.micro(step)
                  + "; judge them apart");
        }
      }
    }
    return Optional.empty();
  }

  /// The transaction that wrote an element and may have happened; [Transactions#NOBODY] if none.
  int writer(int element) {
    return writer[element];
  }

  /// The event of the failed transaction that wrote it; [Transactions#NOBODY] if none.
  int failed(int element) {
    return failed[element];
  }

  /// Whether it is what its transaction left behind in the key.
  boolean isFinal(int element) {
    return finals.get(element);
  }
}
