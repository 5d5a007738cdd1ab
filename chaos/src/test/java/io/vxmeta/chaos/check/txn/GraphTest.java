package io.vxmeta.chaos.check.txn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Graphs against a twin that keeps a matrix and tries everything.
class GraphTest {
  private static final int GRAPHS = Integer.getInteger("vx.tiny.histories", 1_500);
  private static final int FAR = 1_000;
  private static final int ANY = Label.WW | Label.WR | Label.RW;

  /// A random graph, its edges also in a matrix of masks.
  private static final class Twin {
    final int[][] mask;
    final int moments;
    final Graph graph;

    Twin(long seed) {
      Random random = new Random(seed);
      int size = 2 + random.nextInt(9);
      moments = size - random.nextInt(1 + size / 2);
      mask = new int[size][size];
      Edges edges = new Edges();
      for (int i = random.nextInt(3 * size); i >= 0; i--) {
        int from = random.nextInt(size);
        int to = random.nextInt(size);
        int label = 1 << random.nextInt(3);
        edges.add(from, to, label);
        mask[from][to] |= from == to ? 0 : label;
      }
      graph = edges.graph(size, moments);
    }

    int size() {
      return mask.length;
    }

    /// Steps from each vertex to each other: leaving a moment is free, and standing still counts as
    /// far.
    int[][] distances(int allowed) {
      int[][] far = new int[size()][size()];
      for (int[] row : far) {
        Arrays.fill(row, FAR);
      }
      for (int round = 0; round < 2 * size(); round++) {
        for (int a = 0; a < size(); a++) {
          for (int b = 0; b < size(); b++) {
            for (int c = 0; c < size(); c++) {
              int cost = a < moments ? 1 : 0;
              if ((mask[a][b] & allowed) != 0) {
                far[a][b] = Math.min(far[a][b], cost);
                far[a][c] = Math.min(far[a][c], cost + far[b][c]);
              }
            }
          }
        }
      }
      return far;
    }
  }

  @Test
  void rowsHoldEveryEdgeOnceWithAllItsLabels() {
    for (long seed = 0; seed < GRAPHS; seed++) {
      Twin twin = new Twin(seed);
      int edges = 0;
      for (int a = 0; a < twin.size(); a++) {
        for (int b = 0; b < twin.size(); b++) {
          assertEquals(twin.mask[a][b], twin.graph.between(a, b), "seed=" + seed);
          edges += twin.mask[a][b] == 0 ? 0 : 1;
        }
        assertEquals(a >= twin.moments, twin.graph.moment(a));
      }
      assertEquals(twin.size(), twin.graph.vertices());
      assertEquals(edges, twin.graph.until(twin.size() - 1));
    }
  }

  @Test
  void manyEdgesKeepTheirEnds() {
    Edges edges = new Edges();
    int vertices = 3_000;
    for (int v = 0; v < vertices; v++) {
      edges.add(v, (v + 7) % vertices, Label.WR);
    }
    Graph graph = edges.graph(vertices);
    assertEquals(vertices, edges.count());
    assertEquals(Label.WR, graph.between(2_995, 2));
    assertEquals(0, graph.between(2, 2_995));
    assertTrue(Arrays.stream(graph.components(Label.WR)).allMatch(component -> component == 0));
  }

  @Test
  void edgesBeyondTheLimitAreLeftOutAndThatIsTold() {
    Edges edges = new Edges(2);
    edges.add(0, 1, Label.WW);
    edges.add(1, 2, Label.WW);
    assertFalse(edges.overflowed());
    edges.add(2, 0, Label.WW);
    assertTrue(edges.overflowed());
    assertEquals(2, edges.count());
    assertEquals(0, edges.graph(3).between(2, 0));
  }

  @Test
  void edgesProveSomethingEvenWhenTheyLeadNowhere() {
    Edges edges = new Edges();
    edges.order(0, 1, Label.REALTIME);
    assertFalse(edges.proved());
    edges.add(1, 1, Label.WR);
    assertTrue(edges.proved());
    assertEquals(1, edges.count());
  }

  @Test
  void componentsHoldWhatReachesEachOther() {
    for (long seed = 0; seed < GRAPHS; seed++) {
      Twin twin = new Twin(seed);
      for (int allowed : new int[] {ANY, Label.WW, Label.WR | Label.RW}) {
        int[][] far = twin.distances(allowed);
        int[] component = twin.graph.components(allowed);
        for (int a = 0; a < twin.size(); a++) {
          assertEquals(far[a][a] < FAR, component[a] >= 0, "seed=" + seed);
          for (int b = 0; b < twin.size(); b++) {
            boolean together = a != b && far[a][b] < FAR && far[b][a] < FAR;
            boolean same = a != b && component[a] >= 0 && component[a] == component[b];
            assertEquals(together, same, "seed=" + seed);
          }
        }
        int highest = Arrays.stream(component).max().orElse(-1);
        assertEquals(highest + 1, Arrays.stream(component).filter(c -> c >= 0).distinct().count());
      }
    }
  }

  @Test
  void walksAreShortestAndReal() throws Budget.Exhausted {
    for (long seed = 0; seed < GRAPHS; seed++) {
      Twin twin = new Twin(seed);
      Walks walks = new Walks(twin.graph, new Budget(Budget.EDGES_DEFAULT));
      for (int allowed : new int[] {ANY, Label.WW | Label.RW}) {
        int[][] far = twin.distances(allowed);
        for (int a = 0; a < twin.moments; a++) {
          for (int b = 0; b < twin.moments; b++) {
            int[] path = walks.shortest(a, b, allowed, Walks.EVERYWHERE);
            if (far[a][b] >= FAR) {
              assertEquals(0, path.length, "seed=" + seed);
            } else {
              assertEquals(far[a][b] + 1, path.length, "seed=" + seed + " " + a + " to " + b);
              assertReal(path, a, b, far, twin.moments);
            }
          }
        }
      }
    }
  }

  /// Each step leads over one edge, or over moments alone.
  private static void assertReal(int[] path, int a, int b, int[][] far, int moments) {
    assertEquals(a, path[0]);
    assertEquals(b, path[path.length - 1]);
    for (int i = 1; i < path.length; i++) {
      assertTrue(path[i] < moments);
      assertEquals(1, far[path[i - 1]][path[i]]);
    }
  }

  @Test
  void walksStayInTheirRegion() throws Budget.Exhausted {
    Edges edges = new Edges();
    edges.add(0, 1, Label.WW);
    edges.add(1, 2, Label.WW);
    edges.add(0, 3, Label.WW);
    edges.add(3, 4, Label.WW);
    edges.add(4, 2, Label.WW);
    Walks walks = new Walks(edges.graph(5), new Budget(100));
    assertArrayEquals(new int[] {0, 1, 2}, walks.shortest(0, 2, ANY, Walks.EVERYWHERE));
    assertArrayEquals(new int[] {0, 3, 4, 2}, walks.shortest(0, 2, ANY, v -> v != 1));
    assertEquals(0, walks.shortest(0, 2, ANY, v -> v == 2).length);
  }

  @Test
  void walksOfAThousandStepsAreFound() throws Budget.Exhausted {
    Edges edges = new Edges();
    int length = 1_000;
    for (int v = 0; v < length; v++) {
      edges.add(v, (v + 1) % length, Label.RW);
      edges.add(length, v, Label.RW);
    }
    Walks walks = new Walks(edges.graph(length + 1), new Budget(100_000));
    assertEquals(length + 1, walks.shortest(5, 5, Label.RW, Walks.EVERYWHERE).length);
    assertEquals(2, walks.shortest(length, 77, Label.RW, Walks.EVERYWHERE).length);
  }

  @Test
  void walksSpendOneForEachVertexAndEdge() throws Budget.Exhausted {
    Edges edges = new Edges();
    edges.add(0, 1, Label.WW);
    edges.add(1, 0, Label.WW);
    Graph graph = edges.graph(2);
    assertEquals(3, new Walks(graph, new Budget(4)).shortest(0, 0, ANY, Walks.EVERYWHERE).length);
    assertThrows(
        Budget.Exhausted.class,
        () -> new Walks(graph, new Budget(3)).shortest(0, 0, ANY, Walks.EVERYWHERE));
  }

  @Test
  void ranksNeverFallAlongAnEdgeAndAreSharedOnlyInCircles() {
    for (long seed = 0; seed < GRAPHS; seed++) {
      Twin twin = new Twin(seed);
      int[][] far = twin.distances(Label.WW | Label.WR);
      int[] rank = Ranks.of(twin.graph, Label.WW | Label.WR);
      for (int a = 0; a < twin.size(); a++) {
        for (int b = 0; b < twin.size(); b++) {
          boolean circle = a == b || (far[a][b] < FAR && far[b][a] < FAR);
          assertEquals(circle, rank[a] == rank[b], "seed=" + seed);
          assertTrue(far[a][b] >= FAR || rank[a] <= rank[b], "seed=" + seed);
        }
      }
    }
  }

  @Test
  void ranksFollowTheNumbersWhereTheEdgesLeaveTheChoice() {
    Edges edges = new Edges();
    edges.add(3, 1, Label.WW);
    assertArrayEquals(new int[] {0, 3, 1, 2}, Ranks.of(edges.graph(4), Label.WW));
  }
}
