package io.vxmeta.chaos.check.txn;

import com.google.gson.JsonElement;
import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Judges a history of transactions under a model.
public final class TransactionChecker {
  /* Stateless; a verdict depends on the history alone. Sound: an anomaly is proved by answers that were given.
   * A search that ran out of its budget keeps what it found, and is undecided if that is nothing. */

  private TransactionChecker() {}

  public static Verdict check(History history, Model model) {
    Optional<Operation> foreign =
        history.operations().stream()
            .filter(
                operation -> operation.value().stream().anyMatch(Micro.SingleKey.class::isInstance))
            .findFirst();
    if (foreign.isPresent()) {
      return Verdict.unknown(
          "expected reads and writes of lists or registers: index="
              + foreign.get().index()
              + " value="
              + foreign.get().value()
              + "; judge single keys with --model linearizable");
    }
    Journal journal = Journal.of(history.operations());
    boolean registers =
        history.workload().isEmpty()
            ? journal.steps().registers()
            : history.workload().equals("rw-register");
    return check(journal, registers, history.options(), model, Budget.EDGES_DEFAULT);
  }

  /// Judges a history that does not name its workload: its writes do.
  public static Verdict check(Journal journal, Model model) {
    return check(journal, journal.steps().registers(), Map.of(), model, Budget.EDGES_DEFAULT);
  }

  static Verdict check(
      Journal journal,
      boolean registers,
      Map<String, JsonElement> options,
      Model model,
      long budgetEdges) {
    if (!journal.disorder().isEmpty()) {
      return Verdict.unknown(journal.disorder());
    }
    Transactions transactions = new Transactions(journal);
    Inference inference =
        registers ? new RwRegister(transactions, options) : new ListAppend(transactions);
    if (inference.refusal().isPresent()) {
      return Verdict.unknown(inference.refusal().get());
    }
    Edges edges = new Edges();
    int vertices = transactions.order(model.order(), edges);
    inference.infer(edges);
    Graph graph = edges.graph(vertices, transactions.count());
    Findings findings = new Findings(journal);
    inference.find(findings);
    List<Anomaly> anomalies = new ArrayList<>(findings.all());
    anomalies.removeIf(finding -> !model.forbids(finding.name()));
    CycleSearch.Found cycles =
        CycleSearch.run(
            graph, model, new Proof(transactions, graph, inference), new Budget(budgetEdges));
    anomalies.addAll(cycles.cycles());
    if (anomalies.isEmpty() && !cycles.complete()) {
      return Verdict.unknown(
          "expected the search for cycles to end within "
              + budgetEdges
              + " steps: vertices="
              + vertices
              + " edges="
              + edges.count()
              + "; judge a shorter history, or a weaker model");
    }
    if (anomalies.isEmpty() && edges.overflowed()) {
      return Verdict.unknown(
          "expected at most "
              + Edges.EDGES_MAX
              + " dependencies between transactions; rotate keys, or judge a shorter history");
    }
    if (anomalies.isEmpty() && !edges.proved()) {
      return Verdict.unknown("nothing connects the transactions");
    }
    return Verdict.of(anomalies);
  }
}
