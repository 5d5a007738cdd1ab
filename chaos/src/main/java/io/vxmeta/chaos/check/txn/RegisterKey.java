package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Everything transactions did to one register.
final class RegisterKey {
  /// The version before every write; equal to no value a client can write.
  static final Object INITIAL = List.of("initial");

  /// One version precedes another.
  record Step(Object before, Object after) {}

  /// Every write by value, intermediate ones included.
  final Map<Object, Integer> writers = new HashMap<>();

  final Map<Object, Operation> failed = new HashMap<>();

  /// External reads and external writes by transaction.
  final Map<Integer, Object> reads = new HashMap<>();

  final Map<Integer, Object> finals = new HashMap<>();

  static Object value(Micro step) {
    return switch (step) {
      case Micro.Write write -> write.value();
      case Micro.ReadValue read -> read.value();
      case Micro.ReadNull _, Micro.ReadList _, Micro.Append _, Micro.SingleKey _ -> INITIAL;
    };
  }

  boolean touches(int id) {
    return reads.containsKey(id) || finals.containsKey(id);
  }

  Set<Step> writesFollowReads() {
    Set<Step> steps = new LinkedHashSet<>();
    finals.forEach((id, value) ->
        Optional.ofNullable(reads.get(id)).ifPresent(read -> add(steps, read, value)));
    return steps;
  }

  /// What a transaction saw or made precedes what a later one saw or made.
  Set<Step> ordered(Graph order) {
    Set<Step> steps = new LinkedHashSet<>();
    for (int a = 0; a < order.vertices(); a++) {
      for (int e = order.from(a); e < order.until(a); e++) {
        int b = order.target(e);
        for (Object earlier : versions(a)) {
          versions(b).forEach(later -> add(steps, earlier, later));
        }
      }
    }
    return steps;
  }

  private List<Object> versions(int id) {
    return Stream.of(Optional.ofNullable(reads.get(id)), Optional.ofNullable(finals.get(id)))
        .flatMap(Optional::stream)
        .toList();
  }

  private static void add(Set<Step> steps, Object before, Object after) {
    if (!before.equals(after)) {
      steps.add(new Step(before, after));
    }
  }
}
