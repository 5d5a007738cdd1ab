package io.vxmeta.chaos.check.txn;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Finds, for each kind of cycle a model forbids, a shortest one through some anchoring edge.
///
/// Source of the kinds: Adya's thesis and the Elle paper. Polynomial: components first, then one
/// walk for each kind, except G-single, which may try every rw edge that lies on a cycle without
/// adjacent rw edges.
final class CycleSearch {
  /* Only vertices of non-trivial components take part: `core` is usually empty. `product` doubles each vertex with
   * "the last edge walked was rw" (v + size), and walks rw only from the first copy, so its cycles are exactly the
   * closed walks in which no two rw edges are adjacent. A kind is first sought without the order edges and, only if
   * absent, with them; so a cycle named -process or -realtime always needs one. */

  private static final int WRITES = Label.WW | Label.WR;
  private static final int DATA = WRITES | Label.RW;

  /// Labels in the product graph: a step that was rw, a step that was not.
  private static final int PLAIN = 1;

  private static final int ANTI = 2;

  private final Graph core;
  private final int[] originals;
  private final Model model;
  private final Proof proof;
  private final List<Anomaly> found = new ArrayList<>();

  private CycleSearch(Graph core, int[] originals, Model model, Proof proof) {
    this.core = core;
    this.originals = originals;
    this.model = model;
    this.proof = proof;
  }

  static List<Anomaly> run(Graph graph, Model model, Proof proof) {
    int[] components = graph.components(DATA | model.order());
    int[] number = new int[graph.vertices()];
    int size = 0;
    for (int v = 0; v < graph.vertices(); v++) {
      number[v] = components[v] < 0 ? -1 : size++;
    }
    int[] originals = new int[size];
    Edges edges = new Edges();
    for (int v = 0; v < graph.vertices(); v++) {
      if (number[v] < 0) {
        continue;
      }
      originals[number[v]] = v;
      for (int e = graph.from(v); e < graph.until(v); e++) {
        if (components[graph.target(e)] == components[v]) {
          edges.add(number[v], number[graph.target(e)], graph.mask(e));
        }
      }
    }
    CycleSearch search = new CycleSearch(edges.graph(size), originals, model, proof);
    search.kinds();
    return search.found;
  }

  private void kinds() {
    if (originals.length == 0) {
      return;
    }
    withOrder("G0", this::writeCycle);
    if (model.level().compareTo(Model.Level.READ_COMMITTED) >= 0) {
      withOrder("G1c", this::informationCycle);
    }
    if (model.level().compareTo(Model.Level.SNAPSHOT) >= 0) {
      withOrder("G-single-item", this::singleCycle);
      withOrder("G-nonadjacent-item", this::nonadjacentCycle);
    }
    if (model.level().compareTo(Model.Level.REPEATABLE) >= 0) {
      withOrder("G2-item", this::anyCycle);
    }
  }

  /// A closed walk, its first vertex repeated at the end; empty when there is none. The mask is
  /// what may be used as order.
  private interface Kind {
    List<Integer> find(int order);
  }

  private void withOrder(String name, Kind kind) {
    List<Integer> cycle = kind.find(0);
    String suffix = "";
    if (cycle.isEmpty() && model.order() != 0) {
      cycle = kind.find(model.order());
      suffix = "-" + Label.name(model.order());
    }
    if (!cycle.isEmpty()) {
      String title = name + suffix;
      found.add(new Anomaly(title, proof.of(title, originals(cycle), preferred(name))));
    }
  }

  /// The labels a proof names first when an edge has several.
  private int[] preferred(String name) {
    return name.equals("G0")
        ? new int[] {Label.WW, model.order()}
        : new int[] {Label.WW, Label.WR, model.order(), Label.RW};
  }

  private List<Integer> originals(List<Integer> cycle) {
    return cycle.stream().map(v -> originals[v]).toList();
  }

  private List<Integer> writeCycle(int order) {
    return anchored(core.components(Label.WW | order), Label.WW, Label.WW | order, 0);
  }

  private List<Integer> informationCycle(int order) {
    return anchored(core.components(WRITES | order), Label.WR, WRITES | order, Label.WW);
  }

  private List<Integer> singleCycle(int order) {
    Graph product = product(order);
    int[] components = product.components(PLAIN | ANTI);
    for (int a = 0; a < core.vertices(); a++) {
      for (int e = core.from(a); e < core.until(a); e++) {
        int b = core.target(e);
        if (walksAlone(components, a, e)) {
          List<Integer> back = core.shortestPath(b, a, WRITES | order);
          if (!back.isEmpty()) {
            return closed(a, back);
          }
        }
      }
    }
    return List.of();
  }

  /// Whether the edge, taken as rw, lies on a closed walk without adjacent rw edges.
  private boolean walksAlone(int[] product, int a, int edge) {
    return (core.mask(edge) & Label.RW) != 0
        && product[a] >= 0
        && product[a] == product[core.target(edge) + core.vertices()];
  }

  private List<Integer> nonadjacentCycle(int order) {
    Graph product = product(order);
    int[] components = product.components(PLAIN | ANTI);
    int size = core.vertices();
    for (int a = 0; a < size; a++) {
      for (int e = core.from(a); e < core.until(a); e++) {
        if (!walksAlone(components, a, e)) {
          continue;
        }
        List<Integer> back = product.shortestPath(core.target(e) + size, a, PLAIN | ANTI);
        boolean several = back.stream().skip(1).anyMatch(v -> v >= size);
        if (several) {
          return closed(a, back.stream().map(v -> v % size).toList());
        }
      }
    }
    return List.of();
  }

  private List<Integer> anyCycle(int order) {
    int[] all = core.components(DATA | order);
    int[] alone = product(order).components(PLAIN | ANTI);
    for (int a = 0; a < core.vertices(); a++) {
      for (int e = core.from(a); e < core.until(a); e++) {
        boolean anti = (core.mask(e) & Label.RW) != 0 && (core.mask(e) & (WRITES | order)) == 0;
        boolean within = all[a] >= 0 && all[a] == all[core.target(e)];
        if (anti && within && !walksAlone(alone, a, e)) {
          return closed(a, core.shortestPath(core.target(e), a, DATA | order));
        }
      }
    }
    return List.of();
  }

  /// A cycle through an edge that carries `anchor` and none of `without`, inside one component.
  private List<Integer> anchored(int[] components, int anchor, int allowed, int without) {
    for (int a = 0; a < core.vertices(); a++) {
      for (int e = core.from(a); components[a] >= 0 && e < core.until(a); e++) {
        boolean fits = (core.mask(e) & anchor) != 0 && (core.mask(e) & without) == 0;
        if (fits && components[a] == components[core.target(e)]) {
          return closed(a, core.shortestPath(core.target(e), a, allowed));
        }
      }
    }
    return List.of();
  }

  private static List<Integer> closed(int a, List<Integer> back) {
    List<Integer> cycle = new ArrayList<>(List.of(a));
    cycle.addAll(back);
    return cycle;
  }

  private final TreeMap<Integer, Graph> products = new TreeMap<>();

  private Graph product(int order) {
    return products.computeIfAbsent(order, this::buildProduct);
  }

  private Graph buildProduct(int order) {
    int size = core.vertices();
    Edges edges = new Edges();
    for (int v = 0; v < size; v++) {
      for (int e = core.from(v); e < core.until(v); e++) {
        int w = core.target(e);
        if ((core.mask(e) & (WRITES | order)) != 0) {
          edges.add(v, w, PLAIN);
          edges.add(v + size, w, PLAIN);
        }
        if ((core.mask(e) & Label.RW) != 0) {
          edges.add(v, w + size, ANTI);
        }
      }
    }
    return edges.graph(2 * size);
  }
}
