package io.vxmeta.chaos.seeded;

import java.lang.classfile.CodeBuilder;
import java.util.Optional;

/// Counts the places an edit has changed, and lets each of them tell when it is executed.
final class Strikes {
  private final Optional<String> witnessed;
  private int count;

  /// @param witnessed what a changed place tells [Witness]; absent where nobody asks
  Strikes(Optional<String> witnessed) {
    this.witnessed = witnessed;
  }

  /// To be called where the changed code begins; leaves the operand stack as it is.
  void add(CodeBuilder builder) {
    count++;
    witnessed.ifPresent(place -> Hook.witness(builder, place));
  }

  int count() {
    return count;
  }
}
