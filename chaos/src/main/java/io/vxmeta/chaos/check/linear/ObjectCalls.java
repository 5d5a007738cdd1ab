package io.vxmeta.chaos.check.linear;

import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Pairs the events of a history to calls, and sorts them by the key of the object.
final class ObjectCalls {
  /* Outcomes: `fail` certainly did not happen and is left out; `info`, and what was never completed, may have happened and
   *   stays without an answer, but a read without an answer says nothing and is left out. */

  /// A call from its invocation to its answer; positions are indexes of events.
  ///
  /// @param operation the ok event, or the invocation where there is none
  /// @param place the number of the call in the history, counted by invocation
  record Call(Operation operation, int place, long invoked, long finished) {
    String words() {
      String end = finished == RegisterOperation.NEVER ? "never" : Long.toString(finished);
      return "operation %d, %s (invoked=%d finished=%s)"
          .formatted(place, operation.value(), invoked, end);
    }
  }

  private record Open(Operation asked, int place) {}

  private final Map<Object, List<Call>> byKey = new LinkedHashMap<>();
  private final Map<Long, Open> open = new HashMap<>();
  private int asked;

  private ObjectCalls() {}

  /// The calls on each object, in the order of their invocation.
  ///
  /// @throws IllegalArgumentException where calls can not be paired, or touch several keys
  static Map<Object, List<Call>> byKey(Iterable<Operation> history) {
    ObjectCalls calls = new ObjectCalls();
    history.forEach(calls::take);
    calls.open.values().forEach(calls::unanswered);
    calls.byKey.values().forEach(each -> each.sort(Comparator.comparingInt(Call::place)));
    return calls.byKey;
  }

  private void take(Operation event) {
    if (!event.completes()) {
      open.put(event.process(), new Open(event, asked++));
      return;
    }
    Open call = open.remove(event.process());
    if (call == null) {
      throw new IllegalArgumentException(
          "expected an invocation before each completion: index=" + event.index());
    }
    switch (event.type()) {
      case OK -> add(new Call(event, call.place, call.asked.index(), event.index()));
      case INFO -> unanswered(call);
      case FAIL, INVOKE -> {
        // It did not happen.
      }
    }
  }

  private void unanswered(Open call) {
    if (call.asked.value().stream().anyMatch(step -> !reads(step))) {
      add(new Call(call.asked, call.place, call.asked.index(), RegisterOperation.NEVER));
    }
  }

  private static boolean reads(Micro step) {
    return switch (step) {
      case Micro.ReadNull _, Micro.ReadValue _, Micro.ReadList _ -> true;
      case Micro.Append _, Micro.Write _, Micro.SingleKey _ -> false;
    };
  }

  private void add(Call call) {
    List<Object> keys = call.operation.value().stream().map(Micro::key).distinct().toList();
    if (keys.size() != 1) {
      throw new IllegalArgumentException(
          "expected operations on one key each: index=%d keys=%s; judge it as transactions"
              .formatted(call.operation.index(), keys));
    }
    byKey.computeIfAbsent(keys.getFirst(), _ -> new ArrayList<>()).add(call);
  }
}
