package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Small histories written the way papers write them.
///
/// A transaction is `[fail|info] [pN] step...`; a step is `ax1` (append), `wx1` (write), `rx[1 2]`
/// (list), `rx=1` (value) or `rx_` (null).
final class Shapes {
  private Shapes() {}

  /// All are called before any completes.
  static History concurrent(String... transactions) {
    List<Operation> operations = new ArrayList<>();
    for (int i = 0; i < transactions.length; i++) {
      operations.add(operation(i, i, transactions[i], Operation.Type.INVOKE));
    }
    for (int i = 0; i < transactions.length; i++) {
      operations.add(operation(transactions.length + i, i, transactions[i], type(transactions[i])));
    }
    return History.ofRun("concurrent", operations);
  }

  /// Each completes before the next is called.
  static History sequential(String... transactions) {
    List<Operation> operations = new ArrayList<>();
    for (int i = 0; i < transactions.length; i++) {
      operations.add(operation(2 * i, i, transactions[i], Operation.Type.INVOKE));
      operations.add(operation(2 * i + 1, i, transactions[i], type(transactions[i])));
    }
    return History.ofRun("sequential", operations);
  }

  private static Operation.Type type(String transaction) {
    return transaction.startsWith("fail")
        ? Operation.Type.FAIL
        : transaction.startsWith("info") ? Operation.Type.INFO : Operation.Type.OK;
  }

  static Operation operation(int index, int process, String transaction, Operation.Type type) {
    List<Micro> steps = new ArrayList<>();
    long by = process;
    for (String token : transaction.split(" (?![^\\[]*\\])", -1)) {
      if (token.startsWith("p")) {
        by = Long.parseLong(token.substring(1));
      } else if (!token.equals("fail") && !token.equals("info")) {
        steps.add(step(token));
      }
    }
    return new Operation(index, index, by, type, steps, Map.of());
  }

  private static Micro step(String token) {
    String key = token.substring(1, 2);
    String rest = token.substring(2);
    return switch (token.charAt(0)) {
      case 'a' -> new Micro.Append(key, Long.valueOf(rest));
      case 'w' -> new Micro.Write(key, Long.valueOf(rest));
      default -> {
        if (rest.equals("_")) {
          yield new Micro.ReadNull(key);
        }
        if (rest.startsWith("=")) {
          yield new Micro.ReadValue(key, Long.valueOf(rest.substring(1)));
        }
        String inner = rest.substring(1, rest.length() - 1);
        yield new Micro.ReadList(
            key,
            inner.isEmpty()
                ? List.of()
                : Arrays.stream(inner.split(" ", -1)).<Object>map(Long::valueOf).toList());
      }
    };
  }
}
