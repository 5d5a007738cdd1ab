package io.vxmeta.chaos.check.txn;

import com.google.gson.JsonElement;
import io.vxmeta.chaos.history.Operation;
import io.vxmeta.chaos.history.OperationCodec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// A history of transactions in columns, as the checker reads it.
///
/// Filled in the order of the history, which is real time: [#begin], then the event's steps. It is
/// not changed after it was judged.
public final class Journal {
  /* Threads: one fills, then any may read.
   * Memory: about 60 bytes an event and 13 a step; what reads showed is shared, see [Trunks]. */

  /// An edge of the graph leaves 29 bits for a transaction or a moment between two.
  private static final int EVENTS_MAX = 1 << 28;

  private final Calls calls = new Calls();
  private final Steps steps = new Steps();
  private final Map<Integer, Map<String, JsonElement>> extras = new HashMap<>();

  private int events;
  private long[] index = new long[64];
  private long[] time = new long[64];
  private int[] process = new int[64];
  private Operation.Type[] type = new Operation.Type[64];
  private int[] partner = new int[64];
  private int[] firstStep = new int[64];

  public static Journal of(List<Operation> operations) {
    Journal journal = new Journal();
    operations.forEach(journal::add);
    return journal;
  }

  /// Adds an event with all its steps.
  public void add(Operation operation) {
    begin(operation.index(), operation.timeNanos(), operation.process(), operation.type());
    if (!operation.extras().isEmpty()) {
      extras.put(events - 1, operation.extras());
    }
    operation.value().forEach(step -> steps.add(step, events - 1, answer()));
  }

  /// Starts an event; it ends where the next one starts.
  public void begin(long index, long timeNanos, long process, Operation.Type type) {
    if (events == EVENTS_MAX) {
      throw new IllegalStateException(
          "expected at most " + EVENTS_MAX + " events; judge the history in parts");
    }
    if (events == this.index.length) {
      grow(2 * events);
    }
    int event = events++;
    int by = calls.number(process);
    this.index[event] = index;
    this.time[event] = timeNanos;
    this.process[event] = by;
    this.type[event] = type;
    this.firstStep[event] = steps.count();
    int call = calls.pair(by, event, type, index);
    this.partner[event] = call;
    if (call != Calls.NONE) {
      this.partner[call] = event;
    }
  }

  /// Adds a step. Keys and elements from 0 below 2^30 cost least.
  public void append(long key, long element) {
    steps.append(key, element);
  }

  /// Adds a read of the first `length` of `elements`, each from 0 below 2^30.
  public void read(long key, int[] elements, int length) {
    steps.read(key, elements, length, events - 1, answer());
  }

  /// Adds a read of nothing, which in a call is one not answered yet.
  public void read(long key) {
    steps.read(key);
  }

  private Steps.Answer answer() {
    return type[events - 1] == Operation.Type.OK ? Steps.Answer.COUNTS : Steps.Answer.ASIDE;
  }

  private void grow(int capacity) {
    index = Arrays.copyOf(index, capacity);
    time = Arrays.copyOf(time, capacity);
    process = Arrays.copyOf(process, capacity);
    type = Arrays.copyOf(type, capacity);
    partner = Arrays.copyOf(partner, capacity);
    firstStep = Arrays.copyOf(firstStep, capacity);
  }

  Steps steps() {
    return steps;
  }

  /// Why the events are no history of calls and outcomes; empty when they are one.
  String disorder() {
    return calls.disorder();
  }

  int events() {
    return events;
  }

  long index(int event) {
    return index[event];
  }

  int process(int event) {
    return process[event];
  }

  int processes() {
    return calls.processes();
  }

  Operation.Type type(int event) {
    return type[event];
  }

  /// The outcome of a call or the call of an outcome; [Calls#NONE] for a call without one.
  int partner(int event) {
    return partner[event];
  }

  int firstStep(int event) {
    return firstStep[event];
  }

  int endStep(int event) {
    return event + 1 == events ? steps.count() : firstStep[event + 1];
  }

  /// The event as it was added.
  Operation operation(int event) {
    return new Operation(
        index[event],
        time[event],
        calls.name(process[event]),
        type[event],
        IntStream.range(firstStep(event), endStep(event)).mapToObj(steps::micro).toList(),
        extras.getOrDefault(event, Map.of()));
  }

  /// The event as a line of a history file.
  String line(int event) {
    return OperationCodec.encode(operation(event));
  }
}
