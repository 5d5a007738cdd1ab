package io.vxmeta.chaos.check.txn;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/// Numbers the vertices of a graph so that no allowed edge leads from a higher number to a lower.
///
/// Vertices of one component share a number. Among what is free to come next the lowest vertex
/// does, so that numbers follow the history and the vertices between two numbers are few.
final class Ranks {
  /* Kahn's algorithm on the components; O((vertices + edges) log vertices). */

  private final Graph graph;
  private final int allowed;
  private final int[] component;
  private final int[] rank;

  private Ranks(Graph graph, int allowed) {
    this.graph = graph;
    this.allowed = allowed;
    this.component = graph.components(allowed);
    this.rank = new int[graph.vertices()];
  }

  static int[] of(Graph graph, int allowed) {
    Ranks ranks = new Ranks(graph, allowed);
    ranks.number();
    return ranks.rank;
  }

  private void number() {
    int groups = groups();
    int[] first = new int[groups + 1];
    int[] member = new int[graph.vertices()];
    membersByGroup(first, member);
    int[] waiting = waiting(groups);
    PriorityQueue<Integer> free =
        new PriorityQueue<>(Comparator.comparingInt(group -> member[first[group]]));
    IntStream.range(0, groups).filter(group -> waiting[group] == 0).forEach(free::add);
    for (int next = 0; !free.isEmpty(); next++) {
      int group = free.remove();
      for (int i = first[group]; i < first[group + 1]; i++) {
        rank[member[i]] = next;
        release(member[i], waiting, free);
      }
    }
  }

  private void release(int v, int[] waiting, PriorityQueue<Integer> free) {
    for (int e = graph.from(v); e < graph.until(v); e++) {
      int to = component[graph.target(e)];
      if (leaves(v, e) && --waiting[to] == 0) {
        free.add(to);
      }
    }
  }

  /// Whether the edge is allowed and leads to another component.
  private boolean leaves(int v, int edge) {
    return (graph.mask(edge) & allowed) != 0 && component[graph.target(edge)] != component[v];
  }

  /// Gives each vertex outside the components one of its own; returns how many there are.
  private int groups() {
    int groups = Arrays.stream(component).max().orElse(-1) + 1;
    for (int v = 0; v < component.length; v++) {
      if (component[v] < 0) {
        component[v] = groups++;
      }
    }
    return groups;
  }

  /// The vertices of a group stand together, ascending.
  private void membersByGroup(int[] first, int[] member) {
    for (int group : component) {
      first[group + 1]++;
    }
    for (int group = 1; group < first.length; group++) {
      first[group] += first[group - 1];
    }
    int[] next = first.clone();
    for (int v = 0; v < component.length; v++) {
      member[next[component[v]]++] = v;
    }
  }

  /// How many edges lead to each group from others.
  private int[] waiting(int groups) {
    int[] waiting = new int[groups];
    for (int v = 0; v < component.length; v++) {
      for (int e = graph.from(v); e < graph.until(v); e++) {
        if (leaves(v, e)) {
          waiting[component[graph.target(e)]]++;
        }
      }
    }
    return waiting;
  }
}
