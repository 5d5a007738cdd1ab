package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Walks.EVERYWHERE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds, for each kind of cycle a model forbids, a shortest one through some anchoring edge.
///
/// Source of the kinds: Adya's thesis and the Elle paper. Polynomial: components first, then one
/// walk for each kind, except G-single, which may try every rw edge that runs against the order of
/// all the others.
final class CycleSearch {
  /* Only vertices of non-trivial components take part: `core` is usually empty. It numbers transactions first, moments
   * after them. `product` has every transaction twice, the second (v + transactions) for "the last edge walked was rw", and
   * walks rw only from the first, so its cycles are exactly the closed walks in which no two rw edges are adjacent. A
   * kind is first sought without the order edges and, only if absent, with them; so a cycle named -process or
   * -realtime always needs one. */

  private static final int WRITES = Label.WW | Label.WR;
  private static final int DATA = WRITES | Label.RW;

  /// Labels in the product graph: a step that was rw, a step that was not.
  private static final int PLAIN = 1;

  private static final int ANTI = 2;

  private static final int[] NO_CYCLE = {};

  /// Cycles found, and whether the search came to its end.
  record Found(List<Anomaly> cycles, boolean complete) {}

  private final Graph core;
  private final int[] originals;
  private final int transactions;
  private final Model model;
  private final Proof proof;
  private final Budget budget;
  private final Walks walks;
  private final List<Anomaly> found = new ArrayList<>();
  private final Map<Integer, Product> products = new HashMap<>();

  private CycleSearch(
      Graph core, int[] originals, int transactions, Model model, Proof proof, Budget budget) {
    this.core = core;
    this.originals = originals;
    this.transactions = transactions;
    this.model = model;
    this.proof = proof;
    this.budget = budget;
    this.walks = new Walks(core, budget);
  }

  static Found run(Graph graph, Model model, Proof proof, Budget budget) {
    int[] components = graph.components(DATA | model.order());
    int[] number = new int[graph.vertices()];
    int[] originals = new int[graph.vertices()];
    int size = 0;
    int transactions = 0;
    for (int v = 0; v < graph.vertices(); v++) {
      number[v] = components[v] < 0 ? -1 : size;
      if (components[v] >= 0) {
        originals[size++] = v;
        transactions += graph.moment(v) ? 0 : 1;
      }
    }
    originals = Arrays.copyOf(originals, size);
    Edges edges = new Edges();
    for (int v : originals) {
      for (int e = graph.from(v); e < graph.until(v); e++) {
        if (components[graph.target(e)] == components[v]) {
          edges.order(number[v], number[graph.target(e)], graph.mask(e));
        }
      }
    }
    Graph core = edges.graph(size, transactions);
    return new CycleSearch(core, originals, transactions, model, proof, budget).kinds();
  }

  private Found kinds() {
    if (originals.length == 0) {
      return new Found(found, true);
    }
    try {
      withOrder("G0", Label.WW, this::writeCycle);
      if (model.level().compareTo(Model.Level.READ_COMMITTED) >= 0) {
        withOrder("G1c", Label.WR, this::informationCycle);
      }
      if (model.level().compareTo(Model.Level.SNAPSHOT) >= 0) {
        withOrder("G-single-item", Label.RW, this::singleCycle);
        withOrder("G-nonadjacent-item", Label.RW, this::nonadjacentCycle);
      }
      if (model.level().compareTo(Model.Level.REPEATABLE) >= 0) {
        withOrder("G2-item", Label.RW, this::anyCycle);
      }
      return new Found(found, true);
    } catch (Budget.Exhausted _) {
      return new Found(found, false);
    }
  }

  /// A closed walk, its first vertex repeated at the end; empty when there is none. The mask is
  /// what may be used as order.
  private interface Kind {
    int[] find(int order) throws Budget.Exhausted;
  }

  private void withOrder(String name, int anchor, Kind kind) throws Budget.Exhausted {
    int[] cycle = kind.find(0);
    if (cycle.length > 0) {
      found.add(proof.of(name, originals(cycle), anchor, 0));
    } else if (model.order() != 0) {
      cycle = kind.find(model.order());
      if (cycle.length > 0) {
        String title = name + "-" + Label.name(model.order());
        found.add(proof.of(title, originals(cycle), anchor, model.order()));
      }
    }
  }

  private int[] originals(int[] cycle) {
    return Arrays.stream(cycle).map(v -> originals[v]).toArray();
  }

  private int[] writeCycle(int order) throws Budget.Exhausted {
    return anchored(Label.WW, Label.WW | order, 0);
  }

  private int[] informationCycle(int order) throws Budget.Exhausted {
    return anchored(Label.WR, WRITES | order, Label.WW);
  }

  /// A cycle through an edge that carries `anchor` and none of `without`, inside one component.
  private int[] anchored(int anchor, int allowed, int without) throws Budget.Exhausted {
    int[] components = core.components(allowed);
    for (int a = 0; a < transactions; a++) {
      for (int e = core.from(a); components[a] >= 0 && e < core.until(a); e++) {
        boolean fits = (core.mask(e) & anchor) != 0 && (core.mask(e) & without) == 0;
        if (fits && components[a] == components[core.target(e)]) {
          return closed(a, walks.shortest(core.target(e), a, allowed, EVERYWHERE));
        }
      }
    }
    return NO_CYCLE;
  }

  /// An rw edge closes a cycle of other edges only where it runs against their order, and then the
  /// rest of the cycle lies between its two ends.
  private int[] singleCycle(int order) throws Budget.Exhausted {
    Product product = product(order);
    int[] rank = Ranks.of(core, WRITES | order);
    for (int a = 0; a < transactions; a++) {
      for (int e = core.from(a); e < core.until(a); e++) {
        int b = core.target(e);
        if (product.allows(a, e) && rank[b] <= rank[a]) {
          int least = rank[b];
          int most = rank[a];
          int[] back =
              walks.shortest(b, a, WRITES | order, v -> rank[v] >= least && rank[v] <= most);
          if (back.length > 0) {
            return closed(a, back);
          }
        }
      }
    }
    return NO_CYCLE;
  }

  private int[] nonadjacentCycle(int order) throws Budget.Exhausted {
    Product product = product(order);
    for (int a = 0; a < transactions; a++) {
      for (int e = core.from(a); e < core.until(a); e++) {
        if (!product.allows(a, e)) {
          continue;
        }
        int[] back = product.back(a, e);
        boolean several = Arrays.stream(back).skip(1).anyMatch(v -> v >= transactions);
        if (several) {
          return closed(a, Arrays.stream(back).map(v -> v % transactions).toArray());
        }
      }
    }
    return NO_CYCLE;
  }

  private int[] anyCycle(int order) throws Budget.Exhausted {
    int[] all = core.components(DATA | order);
    Product product = product(order);
    for (int a = 0; a < transactions; a++) {
      for (int e = core.from(a); e < core.until(a); e++) {
        boolean anti = (core.mask(e) & Label.RW) != 0 && (core.mask(e) & (WRITES | order)) == 0;
        boolean within = all[a] >= 0 && all[a] == all[core.target(e)];
        if (anti && within && !product.allows(a, e)) {
          return closed(a, walks.shortest(core.target(e), a, DATA | order, EVERYWHERE));
        }
      }
    }
    return NO_CYCLE;
  }

  private static int[] closed(int a, int[] back) {
    int[] cycle = new int[back.length + 1];
    cycle[0] = a;
    System.arraycopy(back, 0, cycle, 1, back.length);
    return cycle;
  }

  private Product product(int order) {
    return products.computeIfAbsent(order, Product::new);
  }

  /// The core with every transaction twice: whether the last edge walked was rw or not.
  private final class Product {
    private final Graph graph;
    private final int[] components;
    private final Walks walks;

    Product(int order) {
      Edges edges = new Edges();
      for (int v = 0; v < core.vertices(); v++) {
        for (int e = core.from(v); e < core.until(v); e++) {
          copy(v, e, order, edges);
        }
      }
      graph = edges.graph(core.vertices() + transactions, 2 * transactions);
      components = graph.components(PLAIN | ANTI);
      walks = new Walks(graph, budget);
    }

    private void copy(int v, int e, int order, Edges edges) {
      int w = core.target(e);
      int plain = w < transactions ? w : w + transactions;
      if ((core.mask(e) & (WRITES | order)) != 0) {
        edges.order(v < transactions ? v : v + transactions, plain, PLAIN);
        if (v < transactions) {
          edges.order(v + transactions, plain, PLAIN);
        }
      }
      if ((core.mask(e) & Label.RW) != 0) {
        edges.order(v, w + transactions, ANTI);
      }
    }

    /// Whether the edge, taken as rw, lies on a closed walk without adjacent rw edges.
    boolean allows(int a, int edge) {
      return (core.mask(edge) & Label.RW) != 0
          && components[a] >= 0
          && components[a] == components[core.target(edge) + transactions];
    }

    int[] back(int a, int edge) throws Budget.Exhausted {
      return walks.shortest(core.target(edge) + transactions, a, PLAIN | ANTI, EVERYWHERE);
    }
  }
}
