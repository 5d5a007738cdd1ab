package io.vxmeta.chaos.check.linear;

/// The operations on one object as [OrderSearch] sees them: numbered in the order of their
/// invocation, with states that are numbers, too.
///
/// Reads without an answer say nothing and are left out.
interface Window {
  /// How many.
  int size();

  long invoked(int operation);

  /// The position of its answer, or [RegisterOperation#NEVER].
  long finished(int operation);

  long initial();

  /// Whether an object in this state gives the answer of the operation.
  boolean fits(int operation, long state);

  /// The state after an operation that fits.
  long after(int operation, long state);

  /// The operation's place in the history, as verdicts name it.
  int place(int operation);

  /// `key 2`
  String subject();

  String words(int operation);

  /// A state in a proof.
  String stateWords(long state);

  default boolean answered(int operation) {
    return finished(operation) != RegisterOperation.NEVER;
  }
}
