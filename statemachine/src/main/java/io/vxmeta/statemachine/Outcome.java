package io.vxmeta.statemachine;

/// How a transaction, or an entry of a shard's move, ended. Only APPLIED changed anything.
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
  /// A set or a union of intervals would become too large.
  COLLECTION_TOO_LARGE(9),
  /// A key belongs to a shard that is on its way to or from this group: the same transaction may
  /// succeed soon, here or elsewhere.
  LATER(10),
  /// A key belongs to a shard that is not this group's: nothing was done, and under this number
  /// nothing will be.
  MOVED(11),
  /// An entry of a shard's move whose time has not come, or is over.
  OUT_OF_TURN(12),
  /// A shard's copy is not what was frozen: the attempt is over.
  COPY_DIFFERS(13);

  /* 8 was that of an answer that was never stored: a key of a shard that the group did not hold. */
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
      case APPLIED, COMPARE_FAILED, WRONG_TYPE, COLLECTION_TOO_LARGE, MOVED -> true;
      case PRODUCER_FENCED,
          SEQUENCE_TOO_OLD,
          TOO_MANY_PRODUCERS,
          TABLE_FULL,
          LATER,
          OUT_OF_TURN,
          COPY_DIFFERS ->
          false;
    };
  }
}
