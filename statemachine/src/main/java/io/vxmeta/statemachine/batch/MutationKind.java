package io.vxmeta.statemachine.batch;

/// What a mutation does to its record.
public enum MutationKind {
  /// Stores a value, new or instead of the old one.
  PUT(1),
  /// Removes the record if it exists.
  DELETE(2),
  /// Adds to a counter of 8 bytes.
  ADD(3);

  private static final MutationKind[] BY_CODE = {PUT, DELETE, ADD};

  private final int code;

  MutationKind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static boolean isCode(int code) {
    return code >= 1 && code <= BY_CODE.length;
  }

  static MutationKind ofCode(int code) {
    return BY_CODE[code - 1];
  }
}
