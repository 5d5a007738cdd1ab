package io.vxmeta.statemachine.batch;

/// What a compare demands of a record before the mutations of its transaction may happen.
public enum CompareKind {
  /// The record exists and was last written at exactly the given revision.
  VERSION_EQUALS(1),
  /// The record exists.
  EXISTS(2),
  /// There is no such record.
  ABSENT(3),
  /// The record exists and its value has the given SHA-256.
  VALUE_DIGEST(4);

  private static final CompareKind[] BY_CODE = {VERSION_EQUALS, EXISTS, ABSENT, VALUE_DIGEST};

  private final int code;

  CompareKind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /// True if a batch of `version` may say so.
  static boolean isCode(int code, int version) {
    return code >= 1
        && code <= (version == BatchLayout.FORMAT_VERSION_FIRST ? ABSENT.code : BY_CODE.length);
  }

  static CompareKind ofCode(int code) {
    return BY_CODE[code - 1];
  }
}
