package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Judges a history of transactions under a model.
public final class TransactionChecker {
  /* What orders the versions of registers: in a judged history, which names its workload, what its options admit; in a
   * recorded run whatever the model guarantees.
   * Stateless; a verdict depends on the history alone. Sound: an anomaly is proved by answers that were given.
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
              + "; name the judge of such operations: register, set, bank or producer");
    }
    Journal journal = Journal.of(history.operations());
    boolean registers =
        history.workload().isEmpty()
            ? journal.steps().registers()
            : history.workload().equals("rw-register");
    Map<VersionSource, String> sources =
        history.workload().isEmpty()
            ? model.guarantees()
            : VersionSource.admitted(history.options());
    return check(journal, registers, sources, model, Budget.EDGES_DEFAULT);
  }

  /// Judges a history that does not name its workload: its writes do.
  public static Verdict check(Journal journal, Model model) {
    return check(
        journal, journal.steps().registers(), model.guarantees(), model, Budget.EDGES_DEFAULT);
  }

  static Verdict check(
      Journal journal,
      boolean registers,
      Map<VersionSource, String> sources,
      Model model,
      long budgetEdges) {
    if (journal.events() == 0) {
      return Verdict.unknown("expected at least one operation: no operations; record some");
    }
    if (!journal.disorder().isEmpty()) {
      return Verdict.unknown(journal.disorder());
    }
    Transactions transactions = new Transactions(journal);
    Inference inference =
        registers ? new RwRegister(transactions, sources) : new ListAppend(transactions);
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
