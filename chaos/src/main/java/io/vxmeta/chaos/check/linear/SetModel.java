package io.vxmeta.chaos.check.linear;

import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// A set that elements are added to and that is read as a whole, in any order: `["add",k,v]`,
/// `["r",k,[..]]`.
public record SetModel() implements SequentialModel<Set<Object>> {
  @Override
  public String title() {
    return "set";
  }

  @Override
  public Set<Object> initial() {
    return Set.of();
  }

  @Override
  public Optional<Set<Object>> step(Set<Object> state, Operation operation) {
    boolean answered = operation.completes();
    Set<Object> elements = state;
    boolean fits = true;
    for (Micro step : operation.value()) {
      switch (step) {
        case Micro.Add add -> elements = with(elements, add.amount());
        case Micro.ReadList read -> fits &= !answered || isAll(read, elements);
        case Micro.ReadNull _ -> fits &= !answered || elements.isEmpty();
        case Micro.Append _, Micro.Write _, Micro.ReadValue _, Micro.CompareAndSet _ ->
            throw foreign(operation);
      }
    }
    return fits ? Optional.of(elements) : Optional.empty();
  }

  private static Set<Object> with(Set<Object> elements, Object element) {
    if (elements.contains(element)) {
      return elements;
    }
    Set<Object> more = new HashSet<>(elements);
    more.add(element);
    return Set.copyOf(more);
  }

  /// Whether the answer has every element once, and nothing else.
  private static boolean isAll(Micro.ReadList read, Set<Object> elements) {
    return read.elements().size() == elements.size()
        && elements.containsAll(read.elements())
        && new HashSet<>(read.elements()).size() == elements.size();
  }

  @Override
  public String words(Set<Object> state) {
    return state.isEmpty()
        ? "no elements"
        : state.stream().map(Object::toString).sorted().toList() + "";
  }
}
