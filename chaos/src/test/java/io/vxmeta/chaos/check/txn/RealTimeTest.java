package io.vxmeta.chaos.check.txn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RealTimeTest {
  private static final int INVOKE = 0;

  /// a; b || d; c; e overlapping, by process: call, end, call, ...
  private static final int[] OVERLAPPING = {0, 0, 1, 3, 1, 2, 2, 3, 4, 4};

  @Test
  void frontierKeepsOnlyEdgesThatFollowFromNoOthers() {
    Frontier frontier = new Frontier();
    frontier.end(0, frontier.seen());
    int[] b = frontier.seen();
    int[] d = frontier.seen();
    frontier.end(1, b);
    int[] c = frontier.seen();
    frontier.end(2, c);
    frontier.end(3, d);
    int[] e = frontier.seen();
    assertArrayEquals(new int[] {0}, b);
    assertArrayEquals(new int[] {0}, d);
    assertArrayEquals(new int[] {1}, c);
    assertArrayEquals(new int[] {2, 3}, e);
  }

  @Test
  void frontierGrowsWithTheConcurrency() {
    Frontier frontier = new Frontier();
    int calls = 20;
    for (int id = 0; id < calls; id++) {
      frontier.end(id, new int[0]);
    }
    assertArrayEquals(IntStream.range(0, calls).toArray(), frontier.seen());
    frontier.end(calls, new int[] {2, 3, 5, 11});
    frontier.end(calls + 1, new int[] {0, 1, 3, 4, 19});
    assertArrayEquals(
        new int[] {6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 20, 21}, frontier.seen());
  }

  @Test
  void momentsOrderWhatRealTimeOrdersAndNothingElse() {
    assertEquals(
        List.of("0<1", "0<2", "0<3", "0<4", "1<2", "1<4", "2<4", "3<4"),
        ordered(transactions(OVERLAPPING)));
  }

  @Test
  void momentsAgreeWithTheDefinitionOnRandomCalls() {
    for (int seed = 0; seed < 300; seed++) {
      Transactions transactions = transactions(random(new Random(seed)));
      List<String> expected = new ArrayList<>();
      for (int a = 0; a < transactions.count(); a++) {
        for (int b = 0; b < transactions.count(); b++) {
          if (transactions.precedes(a, b, Label.REALTIME)) {
            expected.add(a + "<" + b);
          }
        }
      }
      assertEquals(expected, ordered(transactions), "seed=" + seed);
    }
  }

  private static int[] random(Random random) {
    return random.ints(30, 0, 5).toArray();
  }

  /// Every process calls, ends, calls, ... in the order in which its number appears.
  private static Transactions transactions(int[] processes) {
    Journal journal = new Journal();
    int[] events = new int[1 + Arrays.stream(processes).max().orElse(0)];
    for (int i = 0; i < processes.length; i++) {
      boolean call = events[processes[i]]++ % 2 == INVOKE;
      journal.begin(i, i, processes[i], call ? Operation.Type.INVOKE : Operation.Type.OK);
    }
    return new Transactions(journal);
  }

  /// What is reachable through moments alone.
  private static List<String> ordered(Transactions transactions) {
    Edges edges = new Edges();
    int vertices = transactions.order(Label.REALTIME, edges);
    Graph graph = edges.graph(vertices, transactions.count());
    List<String> pairs = new ArrayList<>();
    for (int a = 0; a < transactions.count(); a++) {
      for (int b = 0; b < transactions.count(); b++) {
        if (reaches(graph, a, b)) {
          pairs.add(a + "<" + b);
        }
      }
    }
    return pairs;
  }

  private static boolean reaches(Graph graph, int a, int b) {
    for (int e = graph.from(a); e < graph.until(a); e++) {
      int next = graph.target(e);
      if (next == b || (graph.moment(next) && reaches(graph, next, b))) {
        return true;
      }
    }
    return false;
  }
}
