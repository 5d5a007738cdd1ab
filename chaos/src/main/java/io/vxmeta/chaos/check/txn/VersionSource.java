package io.vxmeta.chaos.check.txn;

import com.google.gson.JsonElement;
import java.util.EnumMap;
import java.util.Map;

/// Why one version of a register precedes another, as far as a history's options or the model admit
/// it.
enum VersionSource {
  INITIAL_STATE("", "the initial state precedes every write"),
  WRITES_FOLLOW_READS("wfr-keys?", "a transaction read the one and then wrote the other"),
  PROCESS("sequential-keys?", "one process saw or made them in that order"),
  WRITES_IN_REAL_TIME("", "its write had ended before the other's was called"),
  REAL_TIME(
      "linearizable-keys?", "whoever saw or made the one had ended before the other was called");

  /// The name of a finding: versions that precede each other in a circle.
  static final String CYCLIC = "cyclic-versions";

  private final String option;
  private final String words;

  VersionSource(String option, String words) {
    this.option = option;
    this.words = words;
  }

  /// What a judged history's options admit, each with the name of the finding when the answers
  /// contradict it.
  static Map<VersionSource, String> admitted(Map<String, JsonElement> options) {
    Map<VersionSource, String> sources = new EnumMap<>(VersionSource.class);
    for (VersionSource source : values()) {
      JsonElement value = options.get(source.option);
      if (value != null && value.getAsBoolean()) {
        sources.put(source, CYCLIC);
      }
    }
    return sources;
  }

  String words() {
    return words;
  }
}
