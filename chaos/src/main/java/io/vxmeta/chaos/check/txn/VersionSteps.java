package io.vxmeta.chaos.check.txn;

import java.util.Arrays;
import java.util.function.IntPredicate;

/// Pairs of versions of which the one directly precedes the other, each with its source.
final class VersionSteps {
  private int[] before = new int[64];
  private int[] after = new int[64];
  private VersionSource[] source = new VersionSource[64];
  private int count;

  void add(int before, int after, VersionSource source) {
    if (count == this.before.length) {
      this.before = Arrays.copyOf(this.before, 2 * count);
      this.after = Arrays.copyOf(this.after, 2 * count);
      this.source = Arrays.copyOf(this.source, 2 * count);
    }
    this.before[count] = before;
    this.after[count] = after;
    this.source[count++] = source;
  }

  /// Adds those of the others whose first version `admits` accepts.
  void addAll(VersionSteps others, IntPredicate admits) {
    for (int step = 0; step < others.count; step++) {
      if (admits.test(others.before[step])) {
        add(others.before[step], others.after[step], others.source[step]);
      }
    }
  }

  int count() {
    return count;
  }

  int before(int step) {
    return before[step];
  }

  int after(int step) {
    return after[step];
  }

  VersionSource source(int step) {
    return source[step];
  }
}
