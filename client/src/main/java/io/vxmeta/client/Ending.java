package io.vxmeta.client;

/// How a call to a shard group ended.
sealed interface Ending<A> {

  record Answered<A>(A answer) implements Ending<A> {}

  /// The call is no longer about the one group it was made for, and nothing happened there.
  record Moved<A>() implements Ending<A> {}

  /// Not answered. With doubt, an attempt may have had its effect or may still have it.
  record Failed<A>(CallFailed why, Doubt doubt) implements Ending<A> {}

  /// Whether a call without an answer may have changed something.
  enum Doubt {
    NOTHING_HAPPENED,
    MAY_HAVE_HAPPENED
  }
}
