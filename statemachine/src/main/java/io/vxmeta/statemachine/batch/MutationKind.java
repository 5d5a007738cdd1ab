package io.vxmeta.statemachine.batch;

/// What a mutation does to its record.
public enum MutationKind {
  /// Stores a value, new or instead of the old one.
  PUT(1),
  /// Removes the record if it exists.
  DELETE(2),
  /// Adds to a counter of 8 bytes.
  ADD(3),
  /// Raises a counter to a number, if it is lower.
  MAX(4),
  /// Lowers a counter to a number, if it is higher.
  MIN(5),
  /// Stores a value with the time of its event, unless one of that time or later is there.
  PUT_IF_NEWER(6),
  /// Adds members to a set.
  SET_ADD(7),
  /// Takes members out of a set.
  SET_REMOVE(8),
  /// Adds intervals to a union of intervals.
  INTERVALS_ADD(9),
  /// Removes the record if its expiry has come; only the leader itself asks for this.
  EXPIRE(10);

  private static final MutationKind[] BY_CODE = values();

  private final int code;

  MutationKind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /// True if a batch of `version` may say so.
  static boolean isCode(int code, int version) {
    return code >= 1
        && code <= (version == BatchLayout.FORMAT_VERSION_FIRST ? ADD.code : BY_CODE.length);
  }

  /// True if what it does depends on the value it meets.
  public boolean merges() {
    return switch (this) {
      case PUT, DELETE, EXPIRE -> false;
      case ADD, MAX, MIN, PUT_IF_NEWER, SET_ADD, SET_REMOVE, INTERVALS_ADD -> true;
    };
  }

  /// True if it may read and write a whole collection.
  public boolean ofCollection() {
    return this == SET_ADD || this == SET_REMOVE || this == INTERVALS_ADD;
  }

  static MutationKind ofCode(int code) {
    return BY_CODE[code - 1];
  }
}
