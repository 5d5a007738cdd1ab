package io.vxmeta.chaos.check.linear;

/// Ends a check as soon as its verdict is known.
final class Decided extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Verdict verdict;

  Decided(Verdict verdict) {
    super(null, null, false, false);
    this.verdict = verdict;
  }

  Verdict verdict() {
    return verdict;
  }
}
