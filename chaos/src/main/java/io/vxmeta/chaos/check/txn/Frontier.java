package io.vxmeta.chaos.check.txn;

import java.util.Arrays;

/// Real time between calls, reduced: of what ended, only what nothing ended stands behind.
final class Frontier {
  /* Online transitive reduction: a call sees the frontier of its moment; when it ends, what it saw leaves the frontier and it
   * joins. So an edge that follows from two others is never made; O(calls x concurrency). */

  private int[] ended = new int[4];
  private int count;

  /// What a call that is made now directly follows.
  int[] seen() {
    return Arrays.copyOf(ended, count);
  }

  /// A call ends that had seen `before`.
  void end(int id, int[] before) {
    int kept = 0;
    int next = 0;
    for (int i = 0; i < count; i++) {
      while (next < before.length && before[next] < ended[i]) {
        next++;
      }
      if (next < before.length && before[next] == ended[i]) {
        continue;
      }
      ended[kept++] = ended[i];
    }
    count = kept;
    if (count == ended.length) {
      ended = Arrays.copyOf(ended, 2 * count);
    }
    ended[count++] = id;
  }
}
