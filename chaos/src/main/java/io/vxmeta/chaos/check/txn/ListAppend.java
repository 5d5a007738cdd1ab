package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Transactions.NOBODY;

import java.util.Arrays;
import java.util.Optional;

/// Lists that only grow: a read shows the whole order of the versions before it.
///
/// Source: Kingsbury and Alvaro, "Elle", VLDB 2020, traceability.
final class ListAppend implements Inference {
  /* The version order of a key is its longest read; what nobody read follows that, in no known order, so a key with one
   * append needs no read. Elements and keys are numbers, see
   * [Steps], so everything about them is an array; each pass is linear in steps and elements. */

  /// The place of an element that no order holds.
  private static final int NOWHERE = -2;

  /// The place of the version before every append.
  private static final int BEFORE_ALL = -1;

  private final Transactions transactions;
  private final Steps steps;
  private final Writers writers;
  private final int[][] order;
  private final int[] place;
  private final Unread unread;
  private final Optional<String> refusal;

  ListAppend(Transactions transactions) {
    this.transactions = transactions;
    this.steps = transactions.steps();
    this.writers = new Writers(transactions, Steps.Kind.APPEND);
    this.order = new int[steps.keys()][];
    this.place = new int[steps.elements().count()];
    this.refusal = writers.refusal().or(this::foreignStep);
    settle();
    this.unread = new Unread();
  }

  private Optional<String> foreignStep() {
    return writers.foreign(kind -> kind == Steps.Kind.WRITE || kind == Steps.Kind.READ_VALUE);
  }

  @Override
  public Optional<String> refusal() {
    return refusal;
  }

  private void settle() {
    Arrays.fill(place, NOWHERE);
    for (int key = 0; key < order.length; key++) {
      order[key] = longest(key);
      for (int i = order[key].length - 1; i >= 0; i--) {
        place[order[key][i]] = i;
      }
    }
  }

  private int[] longest(int key) {
    int id = steps.trunks().longest(key);
    if (id == Trunks.NONE) {
      return new int[0];
    }
    Trunks.Trunk trunk = steps.trunks().trunk(id);
    int[] elements = new int[trunk.length()];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = trunk.element(i);
    }
    return elements;
  }

  /// The appends that no order holds, by key: they follow its last element, in no known order.
  private final class Unread {
    private final int[] first = new int[order.length + 1];
    private final int[] elements;

    Unread() {
      for (int element = 0; element < place.length; element++) {
        if (isUnread(element)) {
          first[steps.elements().key(element) + 1]++;
        }
      }
      for (int key = 0; key < order.length; key++) {
        first[key + 1] += first[key];
      }
      elements = new int[first[order.length]];
      int[] next = first.clone();
      for (int element = 0; element < place.length; element++) {
        if (isUnread(element)) {
          elements[next[steps.elements().key(element)]++] = element;
        }
      }
    }

    private boolean isUnread(int element) {
      return place[element] == NOWHERE && writers.writer(element) != NOBODY;
    }
  }

  @Override
  public void infer(Edges edges) {
    for (int id = 0; id < transactions.count(); id++) {
      if (transactions.ok(id)) {
        readsOf(id, edges);
      }
    }
    for (int key = 0; key < order.length; key++) {
      writesOf(key, edges);
    }
  }

  private void readsOf(int id, Edges edges) {
    for (int step = transactions.firstStep(id); step < transactions.endStep(id); step++) {
      if (!steps.reads(step)) {
        continue;
      }
      int at = BEFORE_ALL;
      if (steps.length(step) > 0) {
        int last = last(step);
        at = place[last];
        if (writers.writer(last) != NOBODY) {
          edges.add(writers.writer(last), id, Label.WR);
        }
      }
      if (at != NOWHERE) {
        overwrites(id, steps.key(step), at, edges);
      }
    }
  }

  /// The element that names the version a read showed.
  private int last(int read) {
    return steps.trunk(read).element(steps.length(read) - 1);
  }

  /// The reader saw the version at a place, so whoever made the next one came later.
  private void overwrites(int reader, int key, int at, Edges edges) {
    if (at + 1 < order[key].length) {
      int next = order[key][at + 1];
      if (place[next] == at + 1 && writers.writer(next) != NOBODY) {
        edges.add(reader, writers.writer(next), Label.RW);
      }
    } else {
      for (int i = unread.first[key]; i < unread.first[key + 1]; i++) {
        edges.add(reader, writers.writer(unread.elements[i]), Label.RW);
      }
    }
  }

  private void writesOf(int key, Edges edges) {
    int[] versions = order[key];
    for (int i = 1; i < versions.length; i++) {
      if (place[versions[i]] == i) {
        follows(versions[i - 1], versions[i], edges);
      }
    }
    for (int i = unread.first[key]; i < unread.first[key + 1] && versions.length > 0; i++) {
      follows(versions[versions.length - 1], unread.elements[i], edges);
    }
  }

  private void follows(int previous, int element, Edges edges) {
    if (writers.writer(previous) != NOBODY && writers.writer(element) != NOBODY) {
      edges.add(writers.writer(previous), writers.writer(element), Label.WW);
    }
  }

  @Override
  public void find(Findings findings) {
    ListContents contents = new ListContents(transactions, writers, findings);
    for (int key = 0; key < order.length; key++) {
      contents.scan(key, order[key]);
    }
    OwnSteps own = new OwnSteps(transactions, writers, findings);
    LostUpdates lost = new LostUpdates(transactions, findings);
    for (int id = 0; id < transactions.count(); id++) {
      if (transactions.ok(id)) {
        own.check(id);
        lost.add(id);
      }
    }
  }

  @Override
  public String why(int a, int b, int label) {
    int explained = label == Label.RW ? a : b;
    for (int s = transactions.firstStep(explained); s < transactions.endStep(explained); s++) {
      Optional<String> reason =
          switch (label) {
            case Label.WR -> whyRead(a, s);
            case Label.WW -> whyAppended(a, s);
            default -> whyOverwritten(s, b);
          };
      if (reason.isPresent()) {
        return reason.get();
      }
    }
    throw new IllegalStateException(
        "expected a reason for an edge: from=" + a + " to=" + b + "; report this history");
  }

  private Optional<String> whyRead(int writer, int step) {
    if (!steps.reads(step) || steps.length(step) == 0 || writers.writer(last(step)) != writer) {
      return Optional.empty();
    }
    return Optional.of(
        "it appended "
            + steps.value(last(step))
            + " to key "
            + steps.keyName(steps.key(step))
            + ", the last element the other read");
  }

  private Optional<String> whyAppended(int earlier, int step) {
    if (steps.kind(step) != Steps.Kind.APPEND) {
      return Optional.empty();
    }
    int before = before(steps.element(step));
    if (before < 0 || writers.writer(order[steps.key(step)][before]) != earlier) {
      return Optional.empty();
    }
    return Optional.of(
        "in key "
            + steps.keyName(steps.key(step))
            + " its "
            + steps.value(order[steps.key(step)][before])
            + " stands just before "
            + steps.value(steps.element(step)));
  }

  /// The place of the version that this element was appended to.
  private int before(int element) {
    int at = place[element];
    return (at == NOWHERE ? order[steps.elements().key(element)].length : at) - 1;
  }

  private Optional<String> whyOverwritten(int read, int writer) {
    if (!steps.reads(read)) {
      return Optional.empty();
    }
    int seen = steps.length(read) == 0 ? BEFORE_ALL : place[last(read)];
    for (int s = transactions.firstStep(writer); s < transactions.endStep(writer); s++) {
      boolean appends = steps.kind(s) == Steps.Kind.APPEND && steps.key(s) == steps.key(read);
      if (appends && before(steps.element(s)) == seen) {
        return Optional.of(
            "it read key "
                + steps.keyName(steps.key(read))
                + " without the next element, "
                + steps.value(steps.element(s)));
      }
    }
    return Optional.empty();
  }
}
