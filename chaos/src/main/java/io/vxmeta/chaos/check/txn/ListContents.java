package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Transactions.NOBODY;

import java.util.Arrays;

/// What no list may show, whoever read it: two orders, an element twice, a failed or an unknown
/// append.
final class ListContents {
  /* Every read is a prefix of one of its key's trunks, so scanning those few scans everything that anybody saw. */

  private final Transactions transactions;
  private final Steps steps;
  private final Writers writers;
  private final Findings findings;
  private final int[] seenIn;
  private int scans;

  ListContents(Transactions transactions, Writers writers, Findings findings) {
    this.transactions = transactions;
    this.steps = transactions.steps();
    this.writers = writers;
    this.findings = findings;
    this.seenIn = new int[steps.elements().count()];
  }

  /// `order` is the key's version order, which nobody may have read.
  void scan(int key, int[] order) {
    int id = steps.trunks().longest(key);
    if (id != Trunks.NONE) {
      Trunks.Trunk longest = steps.trunks().trunk(id);
      for (Trunks.Trunk odd : steps.trunks().odd(key)) {
        incompatible(key, odd, longest);
        contents(key, odd);
      }
      contents(key, longest);
    }
    dirtyUpdate(key, order);
  }

  private void incompatible(int key, Trunks.Trunk odd, Trunks.Trunk longest) {
    findings.add(
        "incompatible-order",
        () ->
            "Key "
                + steps.keyName(key)
                + " was read as "
                + steps.list(odd, odd.length())
                + " ("
                + at(odd.reader())
                + ") and as "
                + steps.list(longest, longest.length())
                + " ("
                + at(longest.reader())
                + "): neither is a prefix of the other.",
        odd.reader(),
        longest.reader());
  }

  private void contents(int key, Trunks.Trunk trunk) {
    scans++;
    for (int i = 0; i < trunk.length(); i++) {
      int element = trunk.element(i);
      int failed = writers.failed(element);
      if (seenIn[element] == scans) {
        found("duplicate-elements", key, trunk, element, ", in which %s stands twice.");
      }
      seenIn[element] = scans;
      if (failed != NOBODY) {
        String text =
            ", but the append of %s failed at index " + transactions.journal().index(failed) + ".";
        found("G1a", key, trunk, element, text, failed);
      } else if (writers.writer(element) == NOBODY) {
        found("garbage-read", key, trunk, element, ", but nobody ever appended %s.");
      }
    }
  }

  private void found(
      String name, int key, Trunks.Trunk trunk, int element, String text, int... events) {
    int[] rests = Arrays.copyOf(events, events.length + 1);
    rests[events.length] = trunk.reader();
    findings.add(
        name,
        () ->
            at(trunk.reader())
                + " read key "
                + steps.keyName(key)
                + " as "
                + steps.list(trunk, trunk.length())
                + text.formatted(steps.value(element)),
        rests);
  }

  /// Unknown appends between a failed and a later one say nothing; the search goes on past them.
  private void dirtyUpdate(int key, int[] order) {
    int dirty = NOBODY;
    for (int element : order) {
      int writer = writers.writer(element);
      if (writers.failed(element) != NOBODY) {
        dirty = element;
      } else if (writer != NOBODY && transactions.ok(writer)) {
        if (dirty != NOBODY) {
          dirty(key, element, dirty);
        }
        dirty = NOBODY;
      }
    }
  }

  private void dirty(int key, int element, int dirty) {
    int event = transactions.event(writers.writer(element));
    findings.add(
        "dirty-update",
        () ->
            "Key "
                + steps.keyName(key)
                + ": the append of "
                + steps.value(element)
                + " by "
                + at(event)
                + " was made on top of "
                + steps.value(dirty)
                + ", whose append failed.",
        event,
        writers.failed(dirty));
  }

  private String at(int event) {
    return "the transaction at index " + transactions.journal().index(event);
  }
}
