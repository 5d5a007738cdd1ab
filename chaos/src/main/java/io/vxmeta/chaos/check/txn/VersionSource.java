package io.vxmeta.chaos.check.txn;

/// Why one version of a register precedes another, as far as a history's options admit it.
enum VersionSource {
  INITIAL_STATE("", "the initial state precedes every write"),
  WRITES_FOLLOW_READS("wfr-keys?", "a transaction read the one and then wrote the other"),
  PROCESS("sequential-keys?", "one process saw or made them in that order"),
  REAL_TIME(
      "linearizable-keys?", "whoever saw or made the one had ended before the other was called");

  private final String option;
  private final String words;

  VersionSource(String option, String words) {
    this.option = option;
    this.words = words;
  }

  /// The option of a history that admits it; empty for what always holds.
  String option() {
    return option;
  }

  String words() {
    return words;
  }
}
