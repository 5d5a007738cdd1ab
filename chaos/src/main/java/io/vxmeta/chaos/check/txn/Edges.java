package io.vxmeta.chaos.check.txn;

import java.util.Arrays;

/// Edges as they are found, in any order and with repetitions.
final class Edges {
  /* One long an edge: from (29 bits), to (29 bits), mask (5 bits). They are brought into rows by counting, and each row,
   * which is short as a rule, is sorted alone: linear where a sort of all of them is not. */

  private static final int MASK_BITS = 5;
  private static final int VERTEX_BITS = 29;
  private static final int MASK = (1 << MASK_BITS) - 1;
  private static final int VERTEX = (1 << VERTEX_BITS) - 1;

  /// A gigabyte. Healthy histories have about six edges a transaction; versions in no known order
  /// have as many as readers times writers.
  static final int EDGES_MAX = 1 << 27;

  private final int max;
  private long[] edges = new long[64];
  private int count;
  private boolean proved;
  private boolean overflowed;

  Edges() {
    this(EDGES_MAX);
  }

  Edges(int max) {
    this.max = max;
  }

  /// Whether edges were left out because there were too many. What the others prove still holds.
  boolean overflowed() {
    return overflowed;
  }

  /// Whether the answers proved anything at all, be it only that a transaction agrees with itself.
  boolean proved() {
    return proved;
  }

  int count() {
    return count;
  }

  /// Ignores an edge from a vertex to itself: a transaction always sees its own writes.
  void add(int from, int to, int label) {
    proved = true;
    if (from != to) {
      order(from, to, label);
    }
  }

  /// Adds an edge that proves nothing by itself.
  void order(int from, int to, int label) {
    if (count == max) {
      overflowed = true;
      return;
    }
    if (count == edges.length) {
      edges = Arrays.copyOf(edges, count * 2);
    }
    edges[count++] = (((long) from << VERTEX_BITS | to) << MASK_BITS) | label;
  }

  private static int from(long edge) {
    return (int) (edge >>> (VERTEX_BITS + MASK_BITS));
  }

  private static int to(long edge) {
    return (int) (edge >>> MASK_BITS) & VERTEX;
  }

  /// Parallel edges become one, with all their labels. Vertices from `moments` on stand for points
  /// in time, which a walk leaves at no cost.
  Graph graph(int vertices, int moments) {
    int[] first = new int[vertices + 1];
    for (int i = 0; i < count; i++) {
      first[from(edges[i]) + 1]++;
    }
    for (int v = 0; v < vertices; v++) {
      first[v + 1] += first[v];
    }
    long[] rows = rows(first);
    int[] target = new int[count];
    byte[] mask = new byte[count];
    int kept = 0;
    for (int v = 0; v < vertices; v++) {
      int until = first[v + 1];
      int from = first[v];
      first[v] = kept;
      Arrays.sort(rows, from, until);
      for (int i = from; i < until; i++) {
        int to = to(rows[i]);
        if (kept == first[v] || target[kept - 1] != to) {
          target[kept++] = to;
        }
        mask[kept - 1] |= (byte) (rows[i] & MASK);
      }
    }
    first[vertices] = kept;
    return new Graph(first, Arrays.copyOf(target, kept), Arrays.copyOf(mask, kept), moments);
  }

  Graph graph(int vertices) {
    return graph(vertices, vertices);
  }

  private long[] rows(int[] first) {
    int[] next = first.clone();
    long[] rows = new long[count];
    for (int i = 0; i < count; i++) {
      rows[next[from(edges[i])]++] = edges[i];
    }
    return rows;
  }
}
