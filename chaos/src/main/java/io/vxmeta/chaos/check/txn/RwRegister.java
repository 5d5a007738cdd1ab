package io.vxmeta.chaos.check.txn;

import com.google.gson.JsonElement;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Registers with unique values: what was read is known, the order of versions only in part.
///
/// Source: Kingsbury and Alvaro, "Elle", VLDB 2020, recoverability without traceability.
final class RwRegister implements Inference {
  /* Only external steps count: the first read of a key before the transaction's own write, and its last write. The
   * version order of a key grows from the sources the history's options admit; see [VersionOrders]. */

  private final Transactions transactions;
  private final Map<Object, RegisterKey> keys = new LinkedHashMap<>();
  private final List<Anomaly> findings = new ArrayList<>();
  private final Map<String, JsonElement> options;
  private final List<Operation> operations;
  private String refusal = "";

  RwRegister(
      Transactions transactions, List<Operation> operations, Map<String, JsonElement> options) {
    this.transactions = transactions;
    this.operations = operations;
    this.options = options;
    for (int id = 0; id < transactions.count(); id++) {
      collect(id);
    }
    transactions.failed().forEach(this::collectFailed);
  }

  private RegisterKey key(Object name) {
    return keys.computeIfAbsent(name, _ -> new RegisterKey());
  }

  private void collect(int id) {
    Map<Object, Object> last = new HashMap<>();
    for (Micro step : transactions.steps(id)) {
      switch (step) {
        case Micro.Write write -> {
          if (key(write.key()).writers.put(write.value(), id) != null) {
            refuse("written twice: key=" + write.key() + " value=" + write.value());
          }
          last.put(write.key(), write.value());
        }
        case Micro.ReadValue read -> external(id, read.key(), read.value(), last);
        case Micro.ReadNull read -> external(id, read.key(), RegisterKey.INITIAL, last);
        case Micro.ReadList _, Micro.Append _, Micro.SingleKey _ ->
            refuse("a step of another workload: " + step);
      }
    }
    last.forEach((name, value) -> key(name).finals.put(id, value));
  }

  private void external(int id, Object name, Object value, Map<Object, Object> written) {
    if (transactions.ok(id) && !written.containsKey(name)) {
      key(name).reads.putIfAbsent(id, value);
    }
  }

  private void collectFailed(Operation operation) {
    for (Micro step : operation.value()) {
      if (step instanceof Micro.Write write) {
        RegisterKey key = key(write.key());
        Operation other = key.failed.put(write.value(), operation);
        if (other != null || key.writers.containsKey(write.value())) {
          refuse("written twice: key=" + write.key() + " value=" + write.value());
        }
      }
    }
  }

  private void refuse(String reason) {
    refusal = refusal.isEmpty() ? reason : refusal;
  }

  @Override
  public Optional<String> refusal() {
    return refusal.isEmpty() ? Optional.empty() : Optional.of(refusal);
  }

  @Override
  public void infer(Edges edges) {
    keys.forEach((name, key) -> {
      VersionOrders orders = new VersionOrders(key);
      if (admits("wfr-keys?")) {
        source(name, orders, key.writesFollowReads());
      }
      if (admits("sequential-keys?")) {
        source(name, orders, key.ordered(order(key, Label.PROCESS)));
      }
      if (admits("linearizable-keys?")) {
        source(name, orders, key.ordered(order(key, Label.REALTIME)));
      }
      orders.edges(edges);
    });
  }

  private boolean admits(String option) {
    JsonElement value = options.get(option);
    return value != null && value.getAsBoolean();
  }

  private void source(Object name, VersionOrders orders, Set<RegisterKey.Step> steps) {
    if (!orders.admit(steps)) {
      found("cyclic-versions", "The versions of key " + name + " precede each other: " + steps);
    }
  }

  /// Process or real-time order of the transactions that touched the key, reduced, as pairs of ids.
  private Graph order(RegisterKey key, int label) {
    Edges edges = new Edges();
    transactions.order(operations, edges, label, key::touches);
    return edges.graph(transactions.count());
  }

  private void found(String name, String proof) {
    findings.add(new Anomaly(name, name + ". " + proof));
  }

  @Override
  public List<Anomaly> findings() {
    LostUpdates lost = new LostUpdates(transactions, findings);
    for (int id = 0; id < transactions.count(); id++) {
      if (transactions.ok(id)) {
        scan(id);
        lost.add(id);
      }
    }
    return findings;
  }

  private void scan(int id) {
    Map<Object, Object> known = new HashMap<>();
    for (Micro step : transactions.steps(id)) {
      Object value = RegisterKey.value(step);
      if (!(step instanceof Micro.Write)) {
        Object expected = known.getOrDefault(step.key(), value);
        if (!expected.equals(value)) {
          found(
              "internal",
              at(id) + " read key " + step.key() + " as " + value + " after " + expected + ".");
        }
        read(id, step.key(), value);
      }
      known.put(step.key(), value);
    }
  }

  private void read(int id, Object name, Object value) {
    RegisterKey key = key(name);
    Integer writer = key.writers.get(value);
    Operation failed = key.failed.get(value);
    if (failed != null) {
      found(
          "G1a",
          at(id)
              + " read key "
              + name
              + " as "
              + value
              + ", whose write failed at index "
              + failed.index()
              + ".");
    } else if (writer == null) {
      if (!value.equals(RegisterKey.INITIAL)) {
        found(
            "garbage-read",
            at(id) + " read key " + name + " as " + value + ", which nobody wrote.");
      }
    } else if (writer != id && !value.equals(key.finals.get(writer))) {
      found(
          "G1b",
          at(id)
              + " read key "
              + name
              + " as "
              + value
              + ", an intermediate state of "
              + at(writer)
              + ".");
    }
  }

  private String at(int id) {
    return "the transaction at index " + transactions.completion(id).index();
  }

  @Override
  public String why(int a, int b, int label) {
    return switch (label) {
      case Label.WR -> "the other read a value that it wrote";
      case Label.WW -> "the other wrote a later version of the same key";
      default -> "it read a version of a key before the one the other wrote";
    };
  }
}
