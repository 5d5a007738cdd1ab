package io.vxmeta.chaos.check.linear;

import java.util.List;

/// What a check found out: the history holds, is broken, or could not be decided.
public sealed interface Verdict {
  /// An order exists that explains every answer.
  record Holds() implements Verdict {}

  /// No order explains the answers.
  ///
  /// @param proof why, in words that name the operations
  /// @param operations places of the offending operations in the history
  record Broken(String proof, List<Integer> operations) implements Verdict {
    public Broken {
      operations = List.copyOf(operations);
    }
  }

  /// Neither proved nor refuted, which counts as not passed.
  record Undecided(String reason) implements Verdict {}

  /// The worse of two verdicts on parts of one history: broken, then undecided, then holds.
  default Verdict and(Verdict other) {
    return switch (this) {
      case Broken _ -> this;
      case Undecided _ -> other instanceof Broken ? other : this;
      case Holds _ -> other;
    };
  }
}
