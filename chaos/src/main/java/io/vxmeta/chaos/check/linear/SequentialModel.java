package io.vxmeta.chaos.check.linear;

import io.vxmeta.chaos.history.Operation;
import java.util.Optional;

/// What an object under one key does when it is asked one operation after another.
///
/// States are immutable and equal by `equals`: [OrderSearch] goes back to earlier ones and
/// remembers where it has been.
///
/// @param <S> the state of one object
public interface SequentialModel<S> {
  /// The name of the object, `register` or the like.
  String title();

  /// The state of an object that nobody has changed.
  S initial();

  /// The state after the operation; empty when an object in this state would have answered
  /// otherwise.
  ///
  /// @param operation an ok event with its answers, or, when nobody knows the outcome, the
  ///   invocation: then the object takes it now, whatever it would have answered
  /// @throws IllegalArgumentException for a step that is not of this model
  Optional<S> step(S state, Operation operation);

  /// The state in a proof, after "leaves it at".
  String words(S state);

  /// Says that a step is another model's.
  default IllegalArgumentException foreign(Operation operation) {
    return new IllegalArgumentException(
        "expected steps of a %s: index=%d steps=%s; name another model"
            .formatted(title(), operation.index(), operation.value()));
  }
}
