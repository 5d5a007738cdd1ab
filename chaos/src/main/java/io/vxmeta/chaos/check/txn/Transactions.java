package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/// The transactions of a history that may have happened, each under a small number, and those that
/// certainly did not.
final class Transactions {
  /* A vertex is a completion: ok, or unknown (info, and a call whose answer the history does not hold). Failed ones are
   * kept apart: they only convict readers. Real-time edges are reduced as they are found: `ended` holds the completions
   * that no later completion stands behind, so an edge that follows from two others is never made; cost is
   * O(events x concurrency). An unknown transaction never ends: real-time edges lead in, none out. */

  private final List<Operation> completions = new ArrayList<>();
  private final List<Operation> failed = new ArrayList<>();

  Transactions(List<Operation> operations, Edges edges, int order) {
    Map<Long, Operation> calls = new HashMap<>();
    Map<Long, int[]> predecessors = new HashMap<>();
    Map<Long, Integer> previous = new HashMap<>();
    Set<Integer> ended = new LinkedHashSet<>();
    for (Operation operation : operations) {
      long process = operation.process();
      if (!operation.completes()) {
        calls.put(process, operation);
        predecessors.put(process, toArray(ended));
        continue;
      }
      boolean called = calls.remove(process) != null;
      int[] before = called ? predecessors.getOrDefault(process, new int[0]) : toArray(ended);
      predecessors.remove(process);
      if (operation.type() == Operation.Type.FAIL) {
        failed.add(operation);
        continue;
      }
      int id = completions.size();
      completions.add(operation);
      if ((order & Label.REALTIME) != 0) {
        for (int earlier : before) {
          edges.add(earlier, id, Label.REALTIME);
        }
      }
      if (operation.type() == Operation.Type.OK) {
        for (int earlier : before) {
          ended.remove(earlier);
        }
        ended.add(id);
        Integer earlier = previous.put(process, id);
        if (earlier != null && (order & Label.PROCESS) != 0) {
          edges.add(earlier, id, Label.PROCESS);
        }
      }
    }
    calls.values().stream()
        .sorted(Comparator.comparingLong(Operation::index))
        .forEach(call -> unanswered(call, predecessors, edges, order));
  }

  private void unanswered(Operation call, Map<Long, int[]> predecessors, Edges edges, int order) {
    int id = completions.size();
    completions.add(
        new Operation(
            call.index(),
            call.timeNanos(),
            call.process(),
            Operation.Type.INFO,
            call.value(),
            call.extras()));
    if ((order & Label.REALTIME) != 0) {
      for (int earlier : predecessors.getOrDefault(call.process(), new int[0])) {
        edges.add(earlier, id, Label.REALTIME);
      }
    }
  }

  private static int[] toArray(Set<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  /// Adds the process or real-time order of those transactions that `takesPart` accepts, reduced
  /// among themselves.
  void order(List<Operation> operations, Edges edges, int label, IntPredicate takesPart) {
    IdentityHashMap<Operation, Integer> ids = new IdentityHashMap<>();
    for (int id = 0; id < completions.size(); id++) {
      ids.put(completions.get(id), id);
    }
    Map<Long, Integer> previous = new HashMap<>();
    Map<Long, int[]> predecessors = new HashMap<>();
    Set<Integer> ended = new LinkedHashSet<>();
    for (Operation operation : operations) {
      if (!operation.completes()) {
        predecessors.put(operation.process(), toArray(ended));
        continue;
      }
      int id = ids.getOrDefault(operation, -1);
      if (id < 0 || !takesPart.test(id)) {
        continue;
      }
      boolean ok = operation.type() == Operation.Type.OK;
      if (label == Label.REALTIME) {
        for (int earlier : predecessors.getOrDefault(operation.process(), toArray(ended))) {
          edges.add(earlier, id, label);
          if (ok) {
            ended.remove(earlier);
          }
        }
      } else if (ok && previous.containsKey(operation.process())) {
        edges.add(previous.getOrDefault(operation.process(), id), id, label);
      }
      if (ok) {
        ended.add(id);
        previous.put(operation.process(), id);
      }
    }
  }

  int count() {
    return completions.size();
  }

  boolean ok(int id) {
    return completions.get(id).type() == Operation.Type.OK;
  }

  List<Micro> steps(int id) {
    return completions.get(id).value();
  }

  Operation completion(int id) {
    return completions.get(id);
  }

  List<Operation> failed() {
    return failed;
  }
}
