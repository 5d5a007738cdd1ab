package io.vxmeta.chaos.check.linear;

import com.google.gson.JsonElement;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.Optional;

/// A register that is read, written and compared-and-set: `["r",k,v]`, `["w",k,v]`,
/// `["cas",k,[old,new]]`, the last with the field `applied` (false: the compare was refused).
public record RegisterModel() implements SequentialModel<RegisterModel.Held> {
  /// What the register holds; empty before the first write.
  public record Held(Optional<Object> value) {}

  @Override
  public String title() {
    return "register";
  }

  @Override
  public Held initial() {
    return new Held(Optional.empty());
  }

  @Override
  public Optional<Held> step(Held state, Operation operation) {
    boolean answered = operation.completes();
    Optional<Object> value = state.value;
    boolean fits = true;
    for (Micro step : operation.value()) {
      switch (step) {
        case Micro.Write write -> value = Optional.of(write.value());
        case Micro.ReadValue read -> fits &= !answered || value.equals(Optional.of(read.value()));
        case Micro.ReadNull _ -> fits &= !answered || value.isEmpty();
        case Micro.CompareAndSet compare -> {
          boolean equal = value.equals(compare.expected());
          fits &= !answered || equal == applied(operation);
          value = equal ? Optional.of(compare.value()) : value;
        }
        case Micro.Append _, Micro.ReadList _, Micro.Add _ -> throw foreign(operation);
      }
    }
    return fits ? Optional.of(new Held(value)) : Optional.empty();
  }

  private static boolean applied(Operation operation) {
    JsonElement applied = operation.extras().get("applied");
    return applied == null || applied.getAsBoolean();
  }

  @Override
  public String words(Held state) {
    return state.value.map(Object::toString).orElse("nothing");
  }
}
