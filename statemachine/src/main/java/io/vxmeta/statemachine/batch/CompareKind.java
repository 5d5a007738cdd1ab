package io.vxmeta.statemachine.batch;

/// What a compare demands of a record before the mutations of its transaction may happen.
public enum CompareKind {
  /// The record exists and was last written at exactly the given revision.
  VERSION_EQUALS(1),
  /// The record exists.
  EXISTS(2),
  /// There is no such record.
  ABSENT(3);

  private static final CompareKind[] BY_CODE = {VERSION_EQUALS, EXISTS, ABSENT};

  private final int code;

  CompareKind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static boolean isCode(int code) {
    return code >= 1 && code <= BY_CODE.length;
  }

  static CompareKind ofCode(int code) {
    return BY_CODE[code - 1];
  }
}
