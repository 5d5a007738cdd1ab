package io.vxmeta.chaos.seeded;

import io.vxmeta.chaos.check.txn.Model;
import io.vxmeta.chaos.check.txn.TransactionChecker;
import io.vxmeta.chaos.check.txn.Verdict;
import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A history of transactions written down as it happens, or as a shape from the literature.
final class Transcript {
  /* Threads: one. */

  static final String CHECKER = "transactions";

  private final List<Operation> operations = new ArrayList<>();

  Transcript call(long process, Micro... steps) {
    return event(process, Operation.Type.INVOKE, steps);
  }

  Transcript end(long process, Operation.Type type, Micro... steps) {
    return event(process, type, steps);
  }

  private Transcript event(long process, Operation.Type type, Micro... steps) {
    long index = operations.size();
    operations.add(new Operation(index, index, process, type, List.of(steps), Map.of()));
    return this;
  }

  Verdict verdict() {
    return TransactionChecker.check(
        History.ofRun("scenario", operations), Model.STRICT_SERIALIZABLE);
  }

  Finding judge() {
    Verdict verdict = verdict();
    return switch (verdict.outcome()) {
      case VALID -> Finding.NONE;
      case INVALID -> new Finding(CHECKER, verdict.names() + " " + verdict.anomalies().getFirst());
      case UNKNOWN -> new Finding(CHECKER + "-undecided", verdict.reason());
    };
  }
}
