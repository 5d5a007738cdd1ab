package io.vxmeta.chaos.seeded;

import io.vxmeta.chaos.check.linear.Verdict;

/// What a checker says after a scenario.
///
/// @param checker who speaks
/// @param proof what is wrong, in words; empty when nothing is
record Finding(String checker, String proof) {
  static final Finding NONE = new Finding("none", "");

  boolean alarms() {
    return !proof.isEmpty();
  }

  /// An undecided history is an alarm of its own kind: it must not pass for a clean one.
  static Finding of(String checker, Verdict verdict) {
    return switch (verdict) {
      case Verdict.Holds _ -> NONE;
      case Verdict.Broken broken -> new Finding(checker, broken.proof());
      case Verdict.Undecided undecided -> new Finding(checker + "-undecided", undecided.reason());
    };
  }

  /// For people.
  String words() {
    return checker + ": " + proof;
  }

  /// The alarm of this one, or else that of the other.
  Finding or(Finding other) {
    return alarms() ? this : other;
  }
}
