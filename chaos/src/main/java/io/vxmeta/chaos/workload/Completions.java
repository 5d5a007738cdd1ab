package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.history.Operation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Pairs the events of a history: to each completion the invocation it ends.
final class Completions {
  /* Threads: one. Memory: the operations that are under way. */

  private final Map<Long, Operation> open = new HashMap<>();

  /// An operation from its call to its end.
  record Completed(Operation asked, Operation ended) {
    long invoked() {
      return asked.index();
    }

    long finished() {
      return ended.index();
    }

    /// Its two events and others, in the order of the history.
    List<Long> and(Long... others) {
      return Stream.concat(Stream.of(invoked(), finished()), Stream.of(others)).sorted().toList();
    }

    boolean is(Operation.Type type) {
      return ended.type() == type;
    }
  }

  /// Who hears of each event.
  interface Listener {
    /// The call goes out.
    void asked(Operation asked);

    /// It has ended.
    void ended(Completed operation);
  }

  /// Events come in the order of the file.
  void take(Operation event, Listener listener) {
    if (!event.completes()) {
      open.put(event.process(), event);
      listener.asked(event);
      return;
    }
    Operation asked = open.remove(event.process());
    if (asked == null) {
      throw new IllegalArgumentException(
          "expected an invocation before each completion: index=" + event.index());
    }
    listener.ended(new Completed(asked, event));
  }
}
