package io.vxmeta.statemachine;

/// How a transaction ended. Only APPLIED changed anything.
public enum Outcome {
  /// All mutations happened.
  APPLIED(1),
  /// A compare did not hold.
  COMPARE_FAILED(2),
  /// A merge met a value of another form.
  WRONG_TYPE(3),
  /// A newer epoch of the same producer has written.
  PRODUCER_FENCED(4),
  /// The sequence is so old that its first answer is forgotten: whether it was applied is unknown
  /// here.
  SEQUENCE_TOO_OLD(5),
  /// The group remembers as many producers as it may.
  TOO_MANY_PRODUCERS(6),
  /// A table has no room for the transaction.
  TABLE_FULL(7),
  /// A key belongs to a shard that this group does not hold.
  WRONG_SHARD(8),
  /// A set or a union of intervals would become too large.
  COLLECTION_TOO_LARGE(9);

  private final int code;

  Outcome(int code) {
    this.code = code;
  }

  /// The number stored in snapshots.
  int code() {
    return code;
  }

  /// True for answers that a producer's repetition gets again; the others are refusals, after which
  /// the same sequence may still succeed.
  public boolean remembered() {
    return switch (this) {
      case APPLIED, COMPARE_FAILED, WRONG_TYPE, COLLECTION_TOO_LARGE -> true;
      case PRODUCER_FENCED, SEQUENCE_TOO_OLD, TOO_MANY_PRODUCERS, TABLE_FULL, WRONG_SHARD -> false;
    };
  }
}
