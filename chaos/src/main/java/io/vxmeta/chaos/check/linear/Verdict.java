package io.vxmeta.chaos.check.linear;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// What a check found out: the history holds, is broken, or could not be decided.
public sealed interface Verdict {
  /// An order exists that explains every answer.
  record Holds() implements Verdict {}

  /// No order explains the answers.
  ///
  /// @param proof why, in words that name the operations
  /// @param operations places of the offending operations in the history
  /// @param events the positions at which what the proof names was called or answered, ascending;
  ///   empty where the checker is not told positions
  record Broken(String proof, List<Integer> operations, List<Long> events) implements Verdict {
    public Broken {
      operations = List.copyOf(operations);
      events =
          events.stream()
              .filter(event -> event != RegisterOperation.NEVER)
              .distinct()
              .sorted()
              .toList();
    }

    Broken(String proof, List<Integer> operations) {
      this(proof, operations, List.of());
    }

    /// The same, with the positions that its places stand for.
    public Broken at(Function<Integer, Stream<Long>> positions) {
      return new Broken(proof, operations, operations.stream().flatMap(positions).toList());
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
