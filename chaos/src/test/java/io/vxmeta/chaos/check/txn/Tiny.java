package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A history of a few transactions, small enough to try every order.
///
/// A list is a long of four bits an element, a register a value, so that a state of both is one
/// long a key; 0 is the initial state.
record Tiny(Form form, List<Transaction> transactions) {
  static final int VALUES_MAX = 15;

  private static final int ELEMENT_BITS = 4;

  /// What a key holds.
  enum Form {
    LIST,
    REGISTER
  }

  /// A write of `value`, or a read that showed `value`.
  record Step(boolean writes, int key, long value) {}

  /// `called` and `ended` are places in the order of events.
  record Transaction(int process, Operation.Type type, int called, int ended, List<Step> steps) {
    boolean ok() {
      return type == Operation.Type.OK;
    }
  }

  /// What a key holds after a write of `value`.
  long written(long before, long value) {
    return form == Form.LIST ? before << ELEMENT_BITS | value : value;
  }

  static List<Object> elements(long list) {
    List<Object> elements = new ArrayList<>();
    for (long rest = list; rest != 0; rest >>>= ELEMENT_BITS) {
      elements.addFirst(rest & VALUES_MAX);
    }
    return elements;
  }

  static boolean contains(long list, long element) {
    return elements(list).contains(element);
  }

  /// Keys are numbered from 0.
  int keys() {
    return 1
        + transactions.stream()
            .flatMap(transaction -> transaction.steps.stream())
            .mapToInt(Step::key)
            .max()
            .orElse(0);
  }

  List<Operation> operations() {
    Operation[] events = new Operation[2 * transactions.size()];
    for (Transaction transaction : transactions) {
      events[transaction.called] = event(transaction, transaction.called, Operation.Type.INVOKE);
      events[transaction.ended] = event(transaction, transaction.ended, transaction.type);
    }
    return Arrays.asList(events);
  }

  private Operation event(Transaction transaction, int at, Operation.Type type) {
    List<Micro> steps = new ArrayList<>();
    for (Step step : transaction.steps) {
      steps.add(micro(step, type));
    }
    return new Operation(at, at, transaction.process, type, steps, Map.of());
  }

  private Micro micro(Step step, Operation.Type type) {
    String key = "k" + step.key;
    if (step.writes) {
      return form == Form.LIST
          ? new Micro.Append(key, step.value)
          : new Micro.Write(key, step.value);
    }
    boolean answered = type == Operation.Type.OK;
    if (!answered || (form == Form.REGISTER && step.value == 0)) {
      return new Micro.ReadNull(key);
    }
    return form == Form.LIST
        ? new Micro.ReadList(key, elements(step.value))
        : new Micro.ReadValue(key, step.value);
  }
}
