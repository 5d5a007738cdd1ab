package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Lists that only grow: a read shows the whole order of the versions before it.
///
/// Source: Kingsbury and Alvaro, "Elle", VLDB 2020, traceability.
final class ListAppend implements Inference {
  /* Each key keeps its longest read, which is its version order, and the reads that do not fit it (`odd`). Every other
   * read is a prefix of one of those, so scanning those few scans everything that anybody saw. */

  private static final int NOBODY = -1;

  private static final class Key {
    final Map<Object, Integer> writers = new HashMap<>();
    final Set<Object> finals = new HashSet<>();
    final Map<Object, Operation> failed = new HashMap<>();
    final Map<Integer, Set<Integer>> readersAt = new HashMap<>();
    final List<Seen> odd = new ArrayList<>();
    List<Object> order = List.of();
    int orderReader = NOBODY;
    final Map<Object, Integer> position = new HashMap<>();
    final List<Object> appended = new ArrayList<>();

    int writer(Object element) {
      return writers.getOrDefault(element, NOBODY);
    }
  }

  /// A list somebody read.
  private record Seen(int reader, List<Object> elements) {}

  private final Transactions transactions;
  private final Map<Object, Key> keys = new LinkedHashMap<>();
  private final List<Anomaly> findings = new ArrayList<>();
  private String refusal = "";

  ListAppend(Transactions transactions) {
    this.transactions = transactions;
    for (int id = 0; id < transactions.count(); id++) {
      collect(id);
    }
    transactions.failed().forEach(this::collectFailed);
  }

  private Key key(Object name) {
    return keys.computeIfAbsent(name, _ -> new Key());
  }

  private void collect(int id) {
    Map<Object, Object> last = new HashMap<>();
    for (Micro step : transactions.steps(id)) {
      switch (step) {
        case Micro.Append append -> {
          Key key = key(append.key());
          if (key.writers.put(append.element(), id) != null) {
            refuse("appended twice: key=" + append.key() + " element=" + append.element());
          }
          key.appended.add(append.element());
          last.put(append.key(), append.element());
        }
        case Micro.ReadList read -> sawIfOk(id, read.key(), read.elements());
        case Micro.ReadNull read -> sawIfOk(id, read.key(), List.of());
        case Micro.ReadValue _, Micro.Write _, Micro.SingleKey _ ->
            refuse("a step of another workload: " + step);
      }
    }
    last.forEach((name, element) -> key(name).finals.add(element));
  }

  private void collectFailed(Operation operation) {
    for (Micro step : operation.value()) {
      if (step instanceof Micro.Append append) {
        Key key = key(append.key());
        Operation other = key.failed.put(append.element(), operation);
        if (other != null || key.writers.containsKey(append.element())) {
          refuse("appended twice: key=" + append.key() + " element=" + append.element());
        }
      }
    }
  }

  private void refuse(String reason) {
    refusal = refusal.isEmpty() ? reason : refusal;
  }

  private void sawIfOk(int id, Object name, List<Object> elements) {
    if (!transactions.ok(id)) {
      return;
    }
    Key key = key(name);
    boolean longer = elements.size() > key.order.size();
    List<Object> small = longer ? key.order : elements;
    List<Object> large = longer ? elements : key.order;
    boolean fits = large.subList(0, small.size()).equals(small);
    if (longer) {
      if (!fits) {
        key.odd.add(new Seen(key.orderReader, key.order));
      }
      key.order = elements;
      key.orderReader = id;
    } else if (!fits) {
      key.odd.add(new Seen(id, elements));
    }
  }

  @Override
  public Optional<String> refusal() {
    return refusal.isEmpty() ? Optional.empty() : Optional.of(refusal);
  }

  @Override
  public void infer(Edges edges) {
    keys.values().forEach(ListAppend::settle);
    for (int id = 0; id < transactions.count(); id++) {
      if (transactions.ok(id)) {
        readsOf(id, edges);
      }
    }
    keys.values().forEach(key -> writesOf(key, edges));
  }

  /// Fixes the version order once all reads are known. A key with one append needs no read.
  private static void settle(Key key) {
    if (key.order.isEmpty() && key.appended.size() == 1) {
      key.order = List.copyOf(key.appended);
    }
    for (int i = 0; i < key.order.size(); i++) {
      key.position.putIfAbsent(key.order.get(i), i);
    }
  }

  private void readsOf(int id, Edges edges) {
    for (Micro step : transactions.steps(id)) {
      if (!(step instanceof Micro.ReadList || step instanceof Micro.ReadNull)) {
        continue;
      }
      List<Object> elements = elements(step);
      Key key = key(step.key());
      int position = -1;
      if (!elements.isEmpty()) {
        Object last = elements.getLast();
        position = key.position.getOrDefault(last, Integer.MIN_VALUE);
        if (key.writer(last) != NOBODY) {
          edges.add(key.writer(last), id, Label.WR);
        }
      }
      if (position >= -1) {
        key.readersAt.computeIfAbsent(position, _ -> new HashSet<>()).add(id);
      }
    }
  }

  private static List<Object> elements(Micro step) {
    return step instanceof Micro.ReadList read ? read.elements() : List.of();
  }

  private static void writesOf(Key key, Edges edges) {
    for (int i = 0; i < key.order.size(); i++) {
      if (key.position.getOrDefault(key.order.get(i), NOBODY) == i) {
        follows(key, i - 1, key.writer(key.order.get(i)), edges);
      }
    }
    for (Object element : key.appended) {
      if (!key.position.containsKey(element)) {
        follows(key, key.order.size() - 1, key.writer(element), edges);
      }
    }
  }

  /// `writer` made the version after the one at `position`.
  private static void follows(Key key, int position, int writer, Edges edges) {
    if (writer == NOBODY) {
      return;
    }
    if (position >= 0 && key.writer(key.order.get(position)) != NOBODY) {
      edges.add(key.writer(key.order.get(position)), writer, Label.WW);
    }
    for (int reader : key.readersAt.getOrDefault(position, Set.of())) {
      edges.add(reader, writer, Label.RW);
    }
  }

  @Override
  public List<Anomaly> findings() {
    keys.forEach(this::scan);
    LostUpdates lost = new LostUpdates(transactions, findings);
    for (int id = 0; id < transactions.count(); id++) {
      if (transactions.ok(id)) {
        internal(id);
        intermediate(id);
        lost.add(id);
      }
    }
    return findings;
  }

  private void found(String name, String proof) {
    findings.add(new Anomaly(name, name + ". " + proof));
  }

  private void scan(Object name, Key key) {
    for (Seen odd : key.odd) {
      found(
          "incompatible-order",
          "Key "
              + name
              + " was read as "
              + odd.elements()
              + " ("
              + at(odd.reader())
              + ") and as "
              + key.order
              + " ("
              + at(key.orderReader)
              + "): neither is a prefix of the other.");
      contents(name, key, odd);
    }
    contents(name, key, new Seen(key.orderReader, key.order));
    dirtyUpdate(name, key);
  }

  private void contents(Object name, Key key, Seen seen) {
    Set<Object> once = new HashSet<>();
    for (Object element : seen.elements()) {
      String where = at(seen.reader()) + " read key " + name + " as " + seen.elements();
      if (!once.add(element)) {
        found("duplicate-elements", where + ", in which " + element + " stands twice.");
      }
      Operation failed = key.failed.get(element);
      if (failed != null) {
        found(
            "G1a",
            where + ", but the append of " + element + " failed at index " + failed.index() + ".");
      } else if (key.writer(element) == NOBODY) {
        found("garbage-read", where + ", but nobody ever appended " + element + ".");
      }
    }
  }

  private void dirtyUpdate(Object name, Key key) {
    Object dirty = null;
    for (Object element : key.order) {
      int writer = key.writer(element);
      if (key.failed.containsKey(element)) {
        dirty = element;
      } else if (writer != NOBODY && transactions.ok(writer)) {
        if (dirty != null) {
          found(
              "dirty-update",
              "Key "
                  + name
                  + ": the append of "
                  + element
                  + " by "
                  + at(writer)
                  + " was made on top of "
                  + dirty
                  + ", whose append failed.");
        }
        dirty = null;
      }
    }
  }

  private void internal(int id) {
    Map<Object, List<Object>> known = new HashMap<>();
    Set<Object> whole = new HashSet<>();
    Map<Object, List<Object>> reads = new HashMap<>();
    for (Micro step : transactions.steps(id)) {
      if (step instanceof Micro.Append append) {
        known.computeIfAbsent(append.key(), _ -> new ArrayList<>()).add(append.element());
        if (reads.getOrDefault(append.key(), List.of()).contains(append.element())) {
          found(
              "future-read",
              at(id)
                  + " read "
                  + append.element()
                  + " of key "
                  + append.key()
                  + " before it appended it.");
        }
        continue;
      }
      List<Object> seen = elements(step);
      List<Object> expected = known.getOrDefault(step.key(), List.of());
      boolean fits =
          seen.size() >= expected.size()
              && seen.subList(seen.size() - expected.size(), seen.size()).equals(expected)
              && (!whole.contains(step.key()) || seen.size() == expected.size());
      if (!fits) {
        found(
            "internal",
            at(id)
                + " read key "
                + step.key()
                + " as "
                + seen
                + ", but its own earlier steps demand "
                + (whole.contains(step.key()) ? "" : "the end ")
                + expected
                + ".");
      }
      whole.add(step.key());
      known.put(step.key(), new ArrayList<>(seen));
      reads.put(step.key(), seen);
    }
  }

  private void intermediate(int id) {
    for (Micro step : transactions.steps(id)) {
      List<Object> seen = elements(step);
      if (seen.isEmpty()) {
        continue;
      }
      Key key = key(step.key());
      int writer = key.writer(seen.getLast());
      if (writer != NOBODY && writer != id && !key.finals.contains(seen.getLast())) {
        found(
            "G1b",
            at(id)
                + " read key "
                + step.key()
                + " as "
                + seen
                + ", an intermediate state of "
                + at(writer)
                + ".");
      }
    }
  }

  private String at(int id) {
    return id == NOBODY
        ? "nobody"
        : "the transaction at index " + transactions.completion(id).index();
  }

  @Override
  public String why(int a, int b, int label) {
    for (Micro step : transactions.steps(label == Label.RW ? a : b)) {
      Key key = key(step.key());
      switch (label) {
        case Label.WR -> {
          List<Object> seen = elements(step);
          if (!seen.isEmpty() && key.writer(seen.getLast()) == a) {
            return "it appended "
                + seen.getLast()
                + " to key "
                + step.key()
                + ", the last element the other read";
          }
        }
        case Label.WW -> {
          if (step instanceof Micro.Append append) {
            int before = key.position.getOrDefault(append.element(), key.order.size()) - 1;
            if (before >= 0 && key.writer(key.order.get(before)) == a) {
              return "in key "
                  + step.key()
                  + " its "
                  + key.order.get(before)
                  + " stands just before "
                  + append.element();
            }
          }
        }
        default -> {
          if (step instanceof Micro.Append) {
            continue;
          }
          List<Object> seen = elements(step);
          for (Object next : appends(b, step.key())) {
            int before = key.position.getOrDefault(next, key.order.size()) - 1;
            int position =
                seen.isEmpty() ? -1 : key.position.getOrDefault(seen.getLast(), Integer.MIN_VALUE);
            if (position == before) {
              return "it read key " + step.key() + " without the next element, " + next;
            }
          }
        }
      }
    }
    throw new IllegalStateException(
        "expected a reason for an edge: from=" + a + " to=" + b + "; report this history");
  }

  private List<Object> appends(int id, Object key) {
    List<Object> elements = new ArrayList<>();
    for (Micro step : transactions.steps(id)) {
      if (step instanceof Micro.Append append && append.key().equals(key)) {
        elements.add(append.element());
      }
    }
    return elements;
  }
}
