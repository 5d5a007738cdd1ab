package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Transactions.NOBODY;

import java.util.Arrays;
import java.util.BitSet;

/// The partial orders of all registers' versions, grown source by source and never cyclic.
final class VersionOrders {
  /* All keys share one graph, because no step leads from key to key; a source is taken or refused key by key. Each source
   * is one pass over the history. */

  private static final int[] NOTHING = {};

  private final Transactions transactions;
  private final Touches touches;
  private final Findings findings;
  private final VersionSteps admitted = new VersionSteps();
  private LongTable pairs = new LongTable();
  private String contradiction = VersionSource.CYCLIC;

  VersionOrders(Transactions transactions, Touches touches, Findings findings) {
    this.transactions = transactions;
    this.touches = touches;
    this.findings = findings;
  }

  VersionSteps admitted() {
    return admitted;
  }

  /// Takes what the source says of a key whole, or not at all where the versions would then precede
  /// each other in a circle, which is a finding of that name.
  void admit(VersionSource source, String contradiction) {
    this.contradiction = contradiction;
    pairs = new LongTable();
    for (int step = 0; step < admitted.count(); step++) {
      pairs.number(pair(admitted.before(step), admitted.after(step)));
    }
    VersionSteps said =
        switch (source) {
          case INITIAL_STATE -> new VersionSteps();
          case WRITES_FOLLOW_READS -> writesFollowReads();
          case PROCESS -> byProcess();
          case WRITES_IN_REAL_TIME, REAL_TIME -> byRealTime(source);
        };
    VersionSteps together = new VersionSteps();
    together.addAll(admitted, _ -> true);
    together.addAll(said, _ -> true);
    BitSet cyclic = cyclicKeys(together);
    admitted.addAll(said, version -> !cyclic.get(touches.keyOf(version)));
  }

  private VersionSteps writesFollowReads() {
    VersionSteps steps = new VersionSteps();
    for (int touch = 0; touch < touches.count(); touch++) {
      add(steps, touches.found(touch), touches.left(touch), VersionSource.WRITES_FOLLOW_READS);
    }
    return steps;
  }

  private VersionSteps byProcess() {
    VersionSteps steps = new VersionSteps();
    LongTable lanes = new LongTable();
    int[] previous = new int[touches.count()];
    Arrays.fill(previous, NOBODY);
    for (int touch = 0; touch < touches.count(); touch++) {
      int id = touches.by(touch);
      if (transactions.ok(id)) {
        int process = transactions.journal().process(transactions.event(id));
        int lane = lanes.number((long) process << Integer.SIZE | touches.key(touch));
        if (previous[lane] != NOBODY) {
          ordered(steps, previous[lane], touch, VersionSource.PROCESS);
        }
        previous[lane] = touch;
      }
    }
    return steps;
  }

  /// Of writes in real time the reads have no place: what was read between two writes would stand
  /// between them.
  private VersionSteps byRealTime(VersionSource source) {
    boolean writesAlone = source == VersionSource.WRITES_IN_REAL_TIME;
    VersionSteps steps = new VersionSteps();
    Frontier[] frontiers = new Frontier[transactions.steps().keys()];
    Arrays.setAll(frontiers, _ -> new Frontier());
    int[][] seen = new int[touches.count()][];
    Arrays.fill(seen, NOTHING);
    Journal journal = transactions.journal();
    for (int event = 0; event < journal.events(); event++) {
      int id = transactions.at(event);
      if (id == NOBODY) {
        continue;
      }
      for (int touch = touches.from(id); touch < touches.until(id); touch++) {
        if (writesAlone && touches.left(touch) == Touches.NO_VERSION) {
          continue;
        }
        Frontier frontier = frontiers[touches.key(touch)];
        if (event == transactions.called(id)) {
          seen[touch] = frontier.seen();
          for (int earlier : seen[touch]) {
            ordered(steps, earlier, touch, source);
          }
        } else if (transactions.ok(id)) {
          frontier.end(touch, seen[touch]);
          seen[touch] = NOTHING;
        }
      }
    }
    return steps;
  }

  /// What a transaction saw or made precedes what a later one saw or made.
  private void ordered(VersionSteps steps, int earlier, int later, VersionSource source) {
    if (source != VersionSource.WRITES_IN_REAL_TIME) {
      add(steps, touches.found(earlier), touches.found(later), source);
      add(steps, touches.found(earlier), touches.left(later), source);
      add(steps, touches.left(earlier), touches.found(later), source);
    }
    add(steps, touches.left(earlier), touches.left(later), source);
  }

  /// Many transactions may say the same of two versions; it is kept once.
  private void add(VersionSteps steps, int before, int after, VersionSource source) {
    if (before == Touches.NO_VERSION || after == Touches.NO_VERSION || before == after) {
      return;
    }
    int known = pairs.size();
    if (pairs.number(pair(before, after)) == known) {
      steps.add(before, after, source);
    }
  }

  private static long pair(int before, int after) {
    return (long) before << Integer.SIZE | after;
  }

  /// Keys with versions that precede each other, or with one that precedes the initial state.
  private BitSet cyclicKeys(VersionSteps steps) {
    BitSet keys = new BitSet();
    Edges edges = new Edges();
    for (int step = 0; step < steps.count(); step++) {
      edges.order(steps.before(step), steps.after(step), Label.WW);
      if (touches.isInitial(steps.after(step))) {
        cyclic(keys, steps, step, "nothing precedes the initial state");
      }
    }
    int[] components = edges.graph(touches.versions()).components(Label.WW);
    for (int step = 0; step < steps.count(); step++) {
      int component = components[steps.before(step)];
      if (component >= 0 && component == components[steps.after(step)]) {
        cyclic(keys, steps, step, "by other transactions the second precedes the first");
      }
    }
    return keys;
  }

  private void cyclic(BitSet keys, VersionSteps steps, int step, String but) {
    int key = touches.keyOf(steps.before(step));
    if (!keys.get(key)) {
      keys.set(key);
      findings.add(
          contradiction,
          () ->
              "In key "
                  + transactions.steps().keyName(key)
                  + " "
                  + touches.words(steps.before(step))
                  + " precedes "
                  + touches.words(steps.after(step))
                  + ", because "
                  + steps.source(step).words()
                  + ", but "
                  + but
                  + ".");
    }
  }
}
