package io.vxmeta.statemachine.bench;

import java.util.Arrays;
import java.util.Optional;

/// What is measured.
enum StoreCase {
  /// One key a call.
  GET("get"),
  /// Sixty-four keys a call; operations are keys.
  MULTIGET64("multiget64"),
  /// A new value of the same length for a key that exists.
  PUT("put"),
  /// Nineteen gets of the reader for each put of a second thread; operations are both, latencies
  /// the reader's.
  MIXED("mixed");

  static final int KEYS_A_CALL = 64;
  static final int GETS_A_PUT = 19;

  private final String word;

  StoreCase(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }

  static Optional<StoreCase> named(String word) {
    return Arrays.stream(values()).filter(each -> each.word.equals(word)).findFirst();
  }
}
