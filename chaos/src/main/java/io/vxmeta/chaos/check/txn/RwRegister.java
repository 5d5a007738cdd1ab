package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Transactions.NOBODY;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;

/// Registers with unique values: what was read is known, the order of versions only in part.
///
/// Source: Kingsbury and Alvaro, "Elle", VLDB 2020, recoverability without traceability.
final class RwRegister implements Inference {
  /* Only external steps count, see [Touches]; the version order of a key grows from the sources that are admitted, see
   * [VersionOrders]. Every pass is linear in steps, except that a version with r readers and w direct successors makes
   * r x w edges. */

  private final Transactions transactions;
  private final Steps steps;
  private final Writers writers;
  private final Touches touches;
  private final Findings orderFindings;
  private final VersionOrders orders;
  private final Map<VersionSource, String> sources;
  private final Optional<String> refusal;
  private final VersionSteps successions = new VersionSteps();

  /// `sources` are admitted in their own order, each with the name of its contradiction.
  RwRegister(Transactions transactions, Map<VersionSource, String> sources) {
    this.transactions = transactions;
    this.steps = transactions.steps();
    this.sources = sources;
    this.writers = new Writers(transactions, Steps.Kind.WRITE);
    this.refusal = writers.refusal().or(this::foreignStep);
    this.touches = new Touches(transactions);
    this.orderFindings = new Findings(transactions.journal());
    this.orders = new VersionOrders(transactions, touches, orderFindings);
  }

  private Optional<String> foreignStep() {
    return writers.foreign(kind -> kind == Steps.Kind.APPEND || kind == Steps.Kind.READ_LIST);
  }

  @Override
  public Optional<String> refusal() {
    return refusal;
  }

  @Override
  public void infer(Edges edges) {
    sources.forEach(orders::admit);
    succeed();
    Readers readers = new Readers();
    for (int touch = 0; touch < touches.count(); touch++) {
      int writer = writer(touches.found(touch));
      if (writer != NOBODY) {
        edges.add(writer, touches.by(touch), Label.WR);
      }
    }
    for (int step = 0; step < successions.count(); step++) {
      follows(successions.before(step), successions.after(step), readers, edges);
    }
  }

  /// What the sources say, and that the initial version precedes those of which no predecessor is
  /// known.
  private void succeed() {
    VersionSteps admitted = orders.admitted();
    successions.addAll(admitted, _ -> true);
    BitSet preceded = new BitSet();
    for (int step = 0; step < admitted.count(); step++) {
      if (writer(admitted.before(step)) != NOBODY) {
        preceded.set(admitted.after(step));
      }
    }
    for (int touch = 0; touch < touches.count(); touch++) {
      int left = touches.left(touch);
      if (left != Touches.NO_VERSION && !preceded.get(left)) {
        successions.add(touches.initial(touches.key(touch)), left, VersionSource.INITIAL_STATE);
      }
    }
  }

  /// The transaction that made a version; [Transactions#NOBODY] for the initial one.
  private int writer(int version) {
    return version == Touches.NO_VERSION || touches.isInitial(version)
        ? NOBODY
        : writers.writer(version);
  }

  private void follows(int before, int after, Readers readers, Edges edges) {
    int writer = writer(after);
    if (writer == NOBODY) {
      return;
    }
    if (writer(before) != NOBODY) {
      edges.add(writer(before), writer, Label.WW);
    }
    for (int i = readers.first[before]; i < readers.first[before + 1]; i++) {
      edges.add(readers.ids[i], writer, Label.RW);
    }
  }

  /// Who found which version.
  private final class Readers {
    private final int[] first = new int[touches.versions() + 1];
    private final int[] ids;

    Readers() {
      for (int touch = 0; touch < touches.count(); touch++) {
        if (touches.found(touch) != Touches.NO_VERSION) {
          first[touches.found(touch) + 1]++;
        }
      }
      for (int version = 0; version < touches.versions(); version++) {
        first[version + 1] += first[version];
      }
      ids = new int[first[touches.versions()]];
      int[] next = first.clone();
      for (int touch = 0; touch < touches.count(); touch++) {
        if (touches.found(touch) != Touches.NO_VERSION) {
          ids[next[touches.found(touch)]++] = touches.by(touch);
        }
      }
    }
  }

  @Override
  public void find(Findings findings) {
    findings.addAll(orderFindings);
    int[] known = new int[steps.keys()];
    int[] stamp = new int[steps.keys()];
    Arrays.fill(stamp, NOBODY);
    LostUpdates lost = new LostUpdates(transactions, findings);
    for (int id = 0; id < transactions.count(); id++) {
      if (transactions.ok(id)) {
        scan(id, known, stamp, findings);
        lost.add(id);
      }
    }
  }

  /// `known` is what the transaction's own steps say a key holds, where `stamp` names it.
  private void scan(int id, int[] known, int[] stamp, Findings findings) {
    for (int step = transactions.firstStep(id); step < transactions.endStep(id); step++) {
      int key = steps.key(step);
      int version = touches.version(step);
      if (steps.reads(step)) {
        if (stamp[key] == id && known[key] != version) {
          String expected = touches.words(known[key]);
          findings.add(
              "internal",
              () -> read(id, key, version) + " after " + expected + ".",
              transactions.event(id));
        }
        if (!touches.isInitial(version)) {
          read(id, version, findings);
        }
      }
      stamp[key] = id;
      known[key] = version;
    }
  }

  private void read(int id, int version, Findings findings) {
    int key = touches.keyOf(version);
    int writer = writers.writer(version);
    int failed = writers.failed(version);
    if (failed != NOBODY) {
      long index = transactions.journal().index(failed);
      findings.add(
          "G1a",
          () -> read(id, key, version) + ", whose write failed at index " + index + ".",
          transactions.event(id),
          failed);
    } else if (writer == NOBODY) {
      findings.add(
          "garbage-read",
          () -> read(id, key, version) + ", which nobody wrote.",
          transactions.event(id));
    } else if (writer != id && !writers.isFinal(version)) {
      findings.add(
          "G1b",
          () -> read(id, key, version) + ", an intermediate state of " + at(writer) + ".",
          transactions.event(id),
          transactions.event(writer));
    }
  }

  private String read(int id, int key, int version) {
    return at(id) + " read key " + steps.keyName(key) + " as " + touches.words(version);
  }

  private String at(int id) {
    return "the transaction at index " + transactions.index(id);
  }

  @Override
  public String why(int a, int b, int label) {
    if (label == Label.WR) {
      return whyRead(a, b);
    }
    for (int step = 0; step < successions.count(); step++) {
      int before = successions.before(step);
      boolean fits =
          writer(successions.after(step)) == b
              && (label == Label.WW ? writer(before) == a : found(a, before));
      if (fits) {
        return (label == Label.WW ? "it wrote key " : "it read key ")
            + steps.keyName(touches.keyOf(before))
            + " as "
            + touches.words(before)
            + ", which precedes "
            + touches.words(successions.after(step))
            + ", which the other wrote: "
            + successions.source(step).words();
      }
    }
    throw noReason(a, b);
  }

  private String whyRead(int writer, int reader) {
    for (int touch = touches.from(reader); touch < touches.until(reader); touch++) {
      int version = touches.found(touch);
      if (writer(version) == writer) {
        return "it wrote "
            + touches.words(version)
            + " to key "
            + steps.keyName(touches.key(touch))
            + ", which the other read";
      }
    }
    throw noReason(writer, reader);
  }

  private boolean found(int id, int version) {
    for (int touch = touches.from(id); touch < touches.until(id); touch++) {
      if (touches.found(touch) == version) {
        return true;
      }
    }
    return false;
  }

  private static IllegalStateException noReason(int a, int b) {
    return new IllegalStateException(
        "expected a reason for an edge: from=" + a + " to=" + b + "; report this history");
  }
}
