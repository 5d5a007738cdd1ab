package io.vxmeta.chaos.check.txn;

import java.util.Arrays;

/// Finds shortest walks in one graph.
final class Walks {
  /* Breadth first, level by level; leaving a point in time costs nothing, so a vertex may be met at a level and then again
   * at an earlier one. The arrays are kept between searches: an entry counts only if `search` names the current one.
   * Threads: none shared. */

  private final Graph graph;
  private final Budget budget;
  private final int[] before;
  private final int[] level;
  private final int[] search;
  private final int[] settled;
  private int current;
  private Queue now = new Queue();
  private Queue later = new Queue();

  Walks(Graph graph, Budget budget) {
    this.graph = graph;
    this.budget = budget;
    before = new int[graph.vertices()];
    level = new int[graph.vertices()];
    search = new int[graph.vertices()];
    settled = new int[graph.vertices()];
  }

  /// Where a walk may go.
  interface Region {
    boolean contains(int vertex);
  }

  static final Region EVERYWHERE = _ -> true;

  /// A shortest walk along allowed edges, both ends included and points in time left out; empty
  /// when there is none. From a vertex to itself it is a shortest cycle.
  int[] shortest(int start, int goal, int allowed, Region region) throws Budget.Exhausted {
    current++;
    now.clear();
    later.clear();
    expand(start, 0, allowed, region);
    for (int depth = 0; ; depth++) {
      while (!now.isEmpty()) {
        int v = now.remove();
        if (settled[v] == current) {
          continue;
        }
        settled[v] = current;
        if (v == goal) {
          return path(start, goal);
        }
        expand(v, depth, allowed, region);
      }
      if (later.isEmpty()) {
        return new int[0];
      }
      Queue empty = now;
      now = later;
      later = empty;
      later.clear();
    }
  }

  private void expand(int v, int depth, int allowed, Region region) throws Budget.Exhausted {
    budget.spend(1 + graph.until(v) - graph.from(v));
    boolean free = graph.moment(v);
    int next = free ? depth : depth + 1;
    for (int e = graph.from(v); e < graph.until(v); e++) {
      int w = graph.target(e);
      boolean better = search[w] != current || next < level[w];
      if ((graph.mask(e) & allowed) != 0 && better && region.contains(w)) {
        search[w] = current;
        level[w] = next;
        before[w] = v;
        (free ? now : later).add(w);
      }
    }
  }

  private int[] path(int start, int goal) {
    int[] backwards = new int[level[goal] + 1];
    int length = 0;
    backwards[length++] = goal;
    for (int v = before[goal]; v != start; v = before[v]) {
      if (!graph.moment(v)) {
        backwards[length++] = v;
      }
    }
    backwards[length++] = start;
    int[] path = new int[length];
    for (int i = 0; i < length; i++) {
      path[i] = backwards[length - 1 - i];
    }
    return path;
  }

  /// First in, first out; emptied as a whole.
  private static final class Queue {
    private int[] items = new int[64];
    private int first;
    private int end;

    void clear() {
      first = 0;
      end = 0;
    }

    boolean isEmpty() {
      return first == end;
    }

    int remove() {
      return items[first++];
    }

    void add(int item) {
      if (end == items.length) {
        items = Arrays.copyOf(items, 2 * end);
      }
      items[end++] = item;
    }
  }
}
