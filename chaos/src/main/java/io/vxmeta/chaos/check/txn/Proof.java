package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.OperationCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

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

  /// `cycle` repeats its first vertex at the end, and its first edge carries the label `anchor`;
  /// `order` is what was walked besides the data.
  Anomaly of(String name, int[] cycle, int anchor, int order) {
    int length = cycle.length - 1;
    StringBuilder text = new StringBuilder(name + ". Let");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      names.add(steps(cycle[i]));
      text.append("\n  T").append(i + 1).append(" = ").append(names.get(i));
      text.append(" (index ").append(transactions.index(cycle[i])).append(')');
    }
    text.append("\nThen");
    List<CyclePicture.Edge> edges = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      int a = cycle[i];
      int b = cycle[i + 1];
      int label = label(a, b, i == 0 ? anchor : 0, order);
      String why = why(a, b, label);
      edges.add(new CyclePicture.Edge(Label.name(label), why));
      text.append("\n  T").append(i + 1).append(" < T").append((i + 1) % length + 1);
      text.append(", because ").append(why).append(" (").append(Label.name(label)).append(')');
    }
    text.append("\nso T1 comes before itself: a contradiction.");
    CyclePicture picture = new CyclePicture(name, names, edges);
    return new Anomaly(name, text.toString(), Optional.of(picture), lines(cycle));
  }

  private List<String> lines(int[] cycle) {
    return Findings.lines(
        transactions.journal(), Arrays.stream(cycle).map(transactions::event).toArray());
  }

  private String steps(int id) {
    return OperationCodec.encode(transactions.journal().operation(transactions.event(id)).value())
        .toString();
  }

  /// Of the labels of an edge the one to explain.
  private int label(int a, int b, int anchor, int order) {
    int mask = graph.between(a, b) | (transactions.precedes(a, b, order) ? order : 0);
    for (int label : new int[] {anchor, Label.WW, Label.WR, order, Label.RW}) {
      if ((mask & label) != 0) {
        return label;
      }
    }
    throw new IllegalStateException(
        "expected a labelled edge in a cycle: from=" + a + " to=" + b + "; report this history");
  }

  private String why(int a, int b, int label) {
    return switch (label) {
      case Label.PROCESS -> "the same process made them in that order";
      case Label.REALTIME -> "the one had completed before the other was called";
      default -> reasons.why(a, b, label);
    };
  }
}
