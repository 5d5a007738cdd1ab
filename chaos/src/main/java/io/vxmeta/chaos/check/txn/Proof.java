package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.Operation;
import io.vxmeta.chaos.history.OperationCodec;
import java.util.List;

/// Writes a cycle as a proof by contradiction, with the lines of the history it rests on.
final class Proof {
  private final Transactions transactions;
  private final Graph graph;
  private final Reasons reasons;

  Proof(Transactions transactions, Graph graph, Reasons reasons) {
    this.transactions = transactions;
    this.graph = graph;
    this.reasons = reasons;
  }

  /// `cycle` repeats its first vertex at the end; of the labels of an edge the first in `preferred`
  /// is explained.
  String of(String name, List<Integer> cycle, int[] preferred) {
    StringBuilder text = new StringBuilder(name + ". Let");
    for (int i = 0; i < cycle.size() - 1; i++) {
      Operation operation = transactions.completion(cycle.get(i));
      text.append("\n  T").append(i + 1).append(" = ").append(steps(operation));
      text.append(" (index ").append(operation.index()).append(')');
    }
    text.append("\nThen");
    for (int i = 0; i < cycle.size() - 1; i++) {
      int next = i + 1 == cycle.size() - 1 ? 1 : i + 2;
      text.append("\n  T").append(i + 1).append(" < T").append(next).append(", because ");
      text.append(why(cycle.get(i), cycle.get(i + 1), preferred));
    }
    return text.append("\nso T1 comes before itself: a contradiction.").toString();
  }

  private static String steps(Operation operation) {
    return OperationCodec.encode(operation.value()).toString();
  }

  private String why(int a, int b, int[] preferred) {
    int mask = graph.between(a, b);
    for (int label : preferred) {
      if ((mask & label) != 0) {
        return switch (label) {
          case Label.PROCESS -> "the same process made them in that order (process)";
          case Label.REALTIME -> "the one had completed before the other was called (realtime)";
          default -> reasons.why(a, b, label) + " (" + Label.name(label) + ")";
        };
      }
    }
    throw new IllegalStateException(
        "expected a labelled edge in a cycle: from=" + a + " to=" + b + "; report this history");
  }
}
