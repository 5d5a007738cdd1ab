package io.vxmeta.chaos.run;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/// A stretch of a run during which these faults are in force; none at all in a quarter of them.
///
/// @param seed of everything random in its faults
public record Period(Duration length, List<String> faults, long seed) {
  public Period {
    faults = List.copyOf(faults);
    if (length.isNegative() || length.isZero()) {
      throw new IllegalArgumentException("a period takes time: length=" + length);
    }
  }

  Period without(Set<String> names) {
    return new Period(
        length, faults.stream().filter(fault -> !names.contains(fault)).toList(), seed);
  }

  boolean calm() {
    return faults.isEmpty();
  }
}
