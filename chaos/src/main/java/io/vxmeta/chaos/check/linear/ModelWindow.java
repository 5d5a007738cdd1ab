package io.vxmeta.chaos.check.linear;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The operations on one object of any model; states are numbered as they are reached.
///
/// @param <S> the state of the object
final class ModelWindow<S> implements Window {
  private static final int UNFIT = -1;

  private final SequentialModel<S> model;
  private final Object key;
  private final List<ObjectCalls.Call> calls;
  private final List<S> states = new ArrayList<>();
  private final Map<S, Integer> numbers = new HashMap<>();

  /// The last step that was tried: the search asks whether it fits, then where it leads.
  private int triedOperation = UNFIT;

  private long triedFrom;
  private long triedTo;

  ModelWindow(SequentialModel<S> model, Object key, List<ObjectCalls.Call> calls) {
    this.model = model;
    this.key = key;
    this.calls = calls;
  }

  @Override
  public int size() {
    return calls.size();
  }

  @Override
  public long invoked(int operation) {
    return calls.get(operation).invoked();
  }

  @Override
  public long finished(int operation) {
    return calls.get(operation).finished();
  }

  @Override
  public long initial() {
    return number(model.initial());
  }

  private int number(S state) {
    Integer known = numbers.putIfAbsent(state, states.size());
    if (known != null) {
      return known;
    }
    states.add(state);
    return states.size() - 1;
  }

  private S state(long number) {
    return states.get((int) number);
  }

  @Override
  public boolean fits(int operation, long state) {
    return after(operation, state) != UNFIT;
  }

  @Override
  public long after(int operation, long state) {
    if (operation != triedOperation || state != triedFrom) {
      Optional<S> next = model.step(state(state), calls.get(operation).operation());
      triedOperation = operation;
      triedFrom = state;
      triedTo = next.map(this::number).orElse(UNFIT);
    }
    return triedTo;
  }

  @Override
  public int place(int operation) {
    return calls.get(operation).place();
  }

  @Override
  public String subject() {
    return model.title() + " " + key;
  }

  @Override
  public String words(int operation) {
    return calls.get(operation).words();
  }

  @Override
  public String stateWords(long state) {
    return model.words(state(state));
  }
}
