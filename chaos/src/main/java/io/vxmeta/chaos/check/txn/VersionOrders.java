package io.vxmeta.chaos.check.txn;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// The partial order of one register's versions, grown source by source and never cyclic.
final class VersionOrders {
  private final RegisterKey key;
  private final Set<RegisterKey.Step> admitted = new LinkedHashSet<>();

  VersionOrders(RegisterKey key) {
    this.key = key;
  }

  /// Takes the source whole, or not at all when the versions would then precede each other in a
  /// circle.
  boolean admit(Set<RegisterKey.Step> source) {
    Set<RegisterKey.Step> together = new LinkedHashSet<>(admitted);
    together.addAll(source);
    if (cyclic(together)) {
      return false;
    }
    admitted.addAll(source);
    return true;
  }

  /// The initial version precedes all others, so nothing may precede it.
  private static boolean cyclic(Set<RegisterKey.Step> steps) {
    Map<Object, Integer> numbers = new HashMap<>();
    Edges edges = new Edges();
    for (RegisterKey.Step step : steps) {
      if (step.after().equals(RegisterKey.INITIAL)) {
        return true;
      }
      edges.add(number(numbers, step.before()), number(numbers, step.after()), Label.WW);
    }
    for (int component : edges.graph(numbers.size()).components(Label.WW)) {
      if (component >= 0) {
        return true;
      }
    }
    return false;
  }

  private static int number(Map<Object, Integer> numbers, Object version) {
    return numbers.computeIfAbsent(version, _ -> numbers.size());
  }

  /// What the versions prove about the transactions that wrote and read them.
  void edges(Edges edges) {
    Map<Object, Set<Integer>> readers = new HashMap<>();
    key.reads.forEach((id, value) -> {
      readers.computeIfAbsent(value, _ -> new HashSet<>()).add(id);
      Integer writer = key.writers.get(value);
      if (writer != null) {
        edges.add(writer, id, Label.WR);
      }
    });
    Set<Object> preceded = new HashSet<>();
    for (RegisterKey.Step step : admitted) {
      follows(step.before(), step.after(), readers, edges);
      if (key.writers.containsKey(step.before())) {
        preceded.add(step.after());
      }
    }
    for (Object version : key.finals.values()) {
      if (!preceded.contains(version)) {
        follows(RegisterKey.INITIAL, version, readers, edges);
      }
    }
  }

  private void follows(
      Object before, Object after, Map<Object, Set<Integer>> readers, Edges edges) {
    Integer writer = key.writers.get(after);
    if (writer == null) {
      return;
    }
    Integer previous = key.writers.get(before);
    if (previous != null) {
      edges.add(previous, writer, Label.WW);
    }
    for (int reader : readers.getOrDefault(before, Set.of())) {
      edges.add(reader, writer, Label.RW);
    }
  }
}
