package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.Micro;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Two transactions that read the same version of a key and then both wrote it: one of the writes
/// was lost.
final class LostUpdates {
  private record Version(Object key, List<Object> value) {}

  private final Transactions transactions;
  private final List<Anomaly> findings;
  private final Map<Version, Integer> updates = new HashMap<>();

  LostUpdates(Transactions transactions, List<Anomaly> findings) {
    this.transactions = transactions;
    this.findings = findings;
  }

  void add(int id) {
    Map<Object, Version> read = new HashMap<>();
    Set<Object> written = new HashSet<>();
    for (Micro step : transactions.steps(id)) {
      Object key = step.key();
      switch (step) {
        case Micro.ReadList list -> read.putIfAbsent(key, new Version(key, last(list.elements())));
        case Micro.ReadValue value ->
            read.putIfAbsent(key, new Version(key, List.of(value.value())));
        case Micro.ReadNull _ -> read.putIfAbsent(key, new Version(key, List.of()));
        case Micro.Append _, Micro.Write _, Micro.SingleKey _ -> {
          Version version = read.get(key);
          if (version != null && written.add(key)) {
            update(version, id);
          }
        }
      }
    }
  }

  /// Elements are unique within a key and lists agree, so the last one and the length name a
  /// version.
  private static List<Object> last(List<Object> elements) {
    return elements.isEmpty() ? elements : List.of(elements.size(), elements.getLast());
  }

  private void update(Version version, int id) {
    Integer other = updates.putIfAbsent(version, id);
    if (other != null) {
      findings.add(
          new Anomaly(
              "lost-update",
              "lost-update. The transactions at index "
                  + transactions.completion(other).index()
                  + " and "
                  + transactions.completion(id).index()
                  + " both read the same version of key "
                  + version.key()
                  + " and then wrote it."));
    }
  }
}
