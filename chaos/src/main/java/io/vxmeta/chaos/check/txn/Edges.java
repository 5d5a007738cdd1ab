package io.vxmeta.chaos.check.txn;

import java.util.Arrays;

/// Edges as they are found, in any order and with repetitions.
final class Edges {
  /* One long an edge: from (30 bits), to (29 bits), mask (5 bits), so that sorting brings equal edges together. */

  private static final int MASK_BITS = 5;
  private static final int TO_BITS = 29;
  private static final int MASK = (1 << MASK_BITS) - 1;
  private static final int TO = (1 << TO_BITS) - 1;

  private long[] edges = new long[1024];
  private int count;
  private boolean proved;

  /// Whether the answers proved anything at all, be it only that a transaction agrees with itself.
  boolean proved() {
    return proved;
  }

  /// Ignores an edge from a vertex to itself: a transaction always sees its own writes.
  void add(int from, int to, int label) {
    proved = true;
    if (from == to) {
      return;
    }
    if (count == edges.length) {
      edges = Arrays.copyOf(edges, count * 2);
    }
    edges[count++] = (((long) from << TO_BITS | to) << MASK_BITS) | label;
  }

  /// Parallel edges become one, with all their labels.
  Graph graph(int vertices) {
    Arrays.sort(edges, 0, count);
    int[] first = new int[vertices + 1];
    int[] target = new int[count];
    byte[] mask = new byte[count];
    int kept = 0;
    long last = -1;
    for (int i = 0; i < count; i++) {
      long pair = edges[i] >>> MASK_BITS;
      if (pair != last) {
        target[kept] = (int) (pair & TO);
        first[(int) (pair >>> TO_BITS) + 1]++;
        kept++;
        last = pair;
      }
      mask[kept - 1] |= (byte) (edges[i] & MASK);
    }
    for (int v = 0; v < vertices; v++) {
      first[v + 1] += first[v];
    }
    return new Graph(first, Arrays.copyOf(target, kept), Arrays.copyOf(mask, kept));
  }
}
