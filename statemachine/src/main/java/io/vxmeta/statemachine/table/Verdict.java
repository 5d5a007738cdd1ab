package io.vxmeta.statemachine.table;

import java.util.List;

/// What a walk over a whole table found, one sentence a problem; no problem, sound table.
///
/// @param records how many records the walk met
public record Verdict(long records, List<String> problems) {

  public Verdict {
    problems = List.copyOf(problems);
  }

  public boolean sound() {
    return problems.isEmpty();
  }
}
