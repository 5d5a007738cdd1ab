package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.Micro;
import java.util.ArrayList;
import java.util.List;

/// Judges a history of transactions under a model.
public final class TransactionChecker {
  /* Stateless; a verdict depends on the history alone. Sound: an anomaly is proved by answers that were given. */

  private TransactionChecker() {}

  public static Verdict check(History history, Model model) {
    Edges edges = new Edges();
    Transactions transactions = new Transactions(history.operations(), edges, model.order());
    Inference inference = inference(history, transactions);
    if (inference.refusal().isPresent()) {
      return Verdict.unknown(inference.refusal().get());
    }
    inference.infer(edges);
    Graph graph = edges.graph(transactions.count());
    List<Anomaly> anomalies = new ArrayList<>();
    for (Anomaly finding : inference.findings()) {
      if (model.forbids(finding.name())) {
        anomalies.add(finding);
      }
    }
    anomalies.addAll(CycleSearch.run(graph, model, new Proof(transactions, graph, inference)));
    if (anomalies.isEmpty() && !edges.proved()) {
      return Verdict.unknown("nothing connects the transactions");
    }
    return Verdict.of(anomalies);
  }

  private static Inference inference(History history, Transactions transactions) {
    return registers(history)
        ? new RwRegister(transactions, history.operations(), history.options())
        : new ListAppend(transactions);
  }

  /// A recorded run does not name its workload: its writes do.
  private static boolean registers(History history) {
    if (!history.workload().isEmpty()) {
      return history.workload().equals("rw-register");
    }
    return history.operations().stream()
        .flatMap(operation -> operation.value().stream())
        .anyMatch(step -> step instanceof Micro.Write);
  }
}
