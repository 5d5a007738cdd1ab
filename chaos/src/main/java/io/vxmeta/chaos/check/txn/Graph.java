package io.vxmeta.chaos.check.txn;

import java.util.Arrays;

/// Labelled dependencies between transactions, immutable and packed.
final class Graph {
  /* Compressed rows: the edges of v are first[v] .. first[v + 1], sorted by target, each pair once. Every search
   * takes the mask of the labels it may walk; an edge may be walked for any of its labels. */

  private final int[] first;
  private final int[] target;
  private final byte[] mask;
  private final int moments;

  /// Vertices from `moments` on are points in time.
  Graph(int[] first, int[] target, byte[] mask, int moments) {
    this.first = first;
    this.target = target;
    this.mask = mask;
    this.moments = moments;
  }

  /// Whether the vertex is a point in time, not a transaction.
  boolean moment(int vertex) {
    return vertex >= moments;
  }

  int vertices() {
    return first.length - 1;
  }

  int from(int vertex) {
    return first[vertex];
  }

  int until(int vertex) {
    return first[vertex + 1];
  }

  int target(int edge) {
    return target[edge];
  }

  int mask(int edge) {
    return mask[edge];
  }

  /// The labels between two vertices; 0 when there is no edge.
  int between(int a, int b) {
    int at = Arrays.binarySearch(target, first[a], first[a + 1], b);
    return at < 0 ? 0 : mask[at];
  }

  /// Strongly connected components by Tarjan's algorithm without recursion; O(vertices + edges).
  /// Component numbers start at 0; a component of one vertex is -1.
  int[] components(int allowed) {
    return new Tarjan(allowed).run();
  }

  private final class Tarjan {
    private final int allowed;
    private final int[] order = new int[vertices()];
    private final int[] low = new int[vertices()];
    private final int[] edge = new int[vertices()];
    private final int[] component = new int[vertices()];
    private final boolean[] open = new boolean[vertices()];
    private final int[] stack = new int[vertices()];
    private final int[] calls = new int[vertices()];
    private int stacked;
    private int called;
    private int visited;
    private int found;

    Tarjan(int allowed) {
      this.allowed = allowed;
    }

    int[] run() {
      for (int v = 0; v < vertices(); v++) {
        if (order[v] == 0) {
          enter(v);
          while (called > 0) {
            step(calls[called - 1]);
          }
        }
      }
      return component;
    }

    private void enter(int v) {
      order[v] = ++visited;
      low[v] = visited;
      edge[v] = first[v];
      open[v] = true;
      stack[stacked++] = v;
      calls[called++] = v;
    }

    private void step(int v) {
      while (edge[v] < first[v + 1]) {
        int e = edge[v]++;
        int w = target[e];
        if ((mask[e] & allowed) == 0) {
          continue;
        }
        if (order[w] == 0) {
          enter(w);
          return;
        }
        if (open[w]) {
          low[v] = Math.min(low[v], order[w]);
        }
      }
      leave(v);
    }

    private void leave(int v) {
      called--;
      if (called > 0) {
        int parent = calls[called - 1];
        low[parent] = Math.min(low[parent], low[v]);
      }
      if (low[v] != order[v]) {
        return;
      }
      boolean single = stack[stacked - 1] == v;
      int w;
      do {
        w = stack[--stacked];
        open[w] = false;
        component[w] = single ? -1 : found;
      } while (w != v);
      found += single ? 0 : 1;
    }
  }
}
