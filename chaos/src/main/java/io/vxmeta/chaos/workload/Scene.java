package io.vxmeta.chaos.workload;

import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/// The calls of a history that a finding names, and those on the same keys that overlapped them.
final class Scene {
  /* Threads: one. A call is drawn from its invocation to its answer. Of the calls that are not named, those are kept that ended
   * last before the conflict or were under way then; one that certainly did not happen says nothing. */

  /// Calls that are drawn beside those that the finding names.
  static final int NEIGHBOURS_MAX = 10;

  private final String title;
  private final Set<Long> named;
  private final long first;
  private final long last;
  private final Set<Object> keys = new HashSet<>();
  private final List<TimeDiagram.Bar> bars = new ArrayList<>();
  private final Deque<TimeDiagram.Bar> neighbours = new ArrayDeque<>();
  private int leftOut;

  /// @param events that the finding rests on, one at least
  Scene(String title, List<Long> events) {
    this.title = title;
    this.named = Set.copyOf(events);
    this.first = events.stream().min(Long::compare).orElseThrow();
    this.last = events.stream().max(Long::compare).orElseThrow();
  }

  /// A call goes out.
  void asked(Operation asked) {
    if (named.contains(asked.index())) {
      asked.value().forEach(step -> keys.add(step.key()));
    }
  }

  /// A call has ended, or the history did before it.
  void ended(Operation asked, Optional<Operation> ended) {
    if (named.contains(asked.index())
        || ended.filter(event -> named.contains(event.index())).isPresent()) {
      asked.value().forEach(step -> keys.add(step.key()));
      bars.add(bar(asked, ended, TimeDiagram.Part.NAMED));
      return;
    }
    boolean failed = ended.filter(event -> event.type() == Operation.Type.FAIL).isPresent();
    boolean overlaps =
        asked.index() < last && ended.map(event -> event.index() > first).orElse(true);
    if (overlaps && !failed && asked.value().stream().anyMatch(step -> keys.contains(step.key()))) {
      neighbours.add(bar(asked, ended, TimeDiagram.Part.BESIDE));
      if (neighbours.size() > NEIGHBOURS_MAX) {
        neighbours.removeFirst();
        leftOut++;
      }
    }
  }

  /// A document; empty when no call was seen that the finding names.
  String svg() {
    if (bars.isEmpty()) {
      return "";
    }
    List<TimeDiagram.Bar> all = new ArrayList<>(bars);
    all.addAll(neighbours);
    return new TimeDiagram(title, all, last, leftOut).svg();
  }

  private static TimeDiagram.Bar bar(
      Operation asked, Optional<Operation> ended, TimeDiagram.Part part) {
    Optional<Operation> ok = ended.filter(event -> event.type() == Operation.Type.OK);
    Optional<Operation> end = ended.filter(event -> event.type() != Operation.Type.INFO);
    return new TimeDiagram.Bar(
        asked.process(),
        words(ok.orElse(asked)) + (ok.isPresent() ? "" : end.isPresent() ? " failed" : " ?"),
        asked.index(),
        end.map(event -> OptionalLong.of(event.index())).orElse(OptionalLong.empty()),
        part);
  }

  private static String words(Operation operation) {
    boolean refused =
        operation.extras().get(Facts.APPLIED) instanceof JsonPrimitive applied
            && !applied.getAsBoolean();
    return operation.value().stream()
            .map(step -> words(step, operation))
            .collect(Collectors.joining(", "))
        + (refused ? " refused" : "");
  }

  private static String words(Micro step, Operation operation) {
    String key = step.key().toString();
    return switch (step) {
      case Micro.Append append -> "append %s %s".formatted(key, append.element());
      case Micro.Write write -> "w %s=%s".formatted(key, write.value());
      case Micro.ReadList read -> "r %s=%s".formatted(key, read.elements());
      case Micro.ReadValue read -> "r %s=%s".formatted(key, read.value());
      case Micro.ReadNull _ -> operation.completes() ? "r %s=nothing".formatted(key) : "r " + key;
      case Micro.CompareAndSet compare ->
          "cas %s %s→%s"
              .formatted(
                  key, compare.expected().map(Object::toString).orElse("nothing"), compare.value());
      case Micro.Add add -> {
        String number = add.number().isPresent() ? "=" + add.number().getAsLong() : "";
        yield "add %s %d%s".formatted(key, add.amount(), number);
      }
    };
  }
}
