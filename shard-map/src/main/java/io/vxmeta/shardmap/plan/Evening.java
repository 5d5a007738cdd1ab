package io.vxmeta.shardmap.plan;

import static io.vxmeta.shardmap.plan.Draft.NONE;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;

/// Evens replicas, bytes and load out over the nodes that serve, by moving as little as may be.
final class Evening {
  /* Nothing moves while every node is within the tolerance. Once one is not, nodes below half the tolerance take replicas, from
   * the fullest, and those then still above it give some away: each time the replica whose move lowers the cost (see Account)
   * most, so one that is large in bytes and load goes before one that is only one of these. Each move has to gain a tenth of what the
   * replica itself costs: what gains less would only swap places.
   * It ends, because every move lowers the cost; and a second run on what it leaves finds nothing, because it ends only
   * with a pass over all nodes in which nothing moved, and a pass depends on the placement alone.
   * Looked at per move: the groups of the node that gives, for each a few nodes of Targets; or the groups of a few full nodes
   * for the one that takes. Never all nodes times all groups. */

  /// Groups of a node that are looked at for one move, up to twice that: every n-th if it has more.
  private static final int GROUPS_PROBED = 256;

  /// Full nodes that are asked for a replica: so many of all, and so many of the taker's zone.
  private static final int DONORS_PROBED = 8;

  private static final double GAIN_MIN = 0.1;

  /// A bound, not a goal: a plan that ends here is good, only not the last.
  private static final int PASSES_MAX = 100;

  private final Draft draft;
  private final Targets targets;
  private final int perZoneMax;
  private double bestGain;
  private int bestGroup;
  private int bestFrom;
  private int bestTo;

  Evening(Draft draft, Targets targets) {
    this.draft = draft;
    this.targets = targets;
    this.perZoneMax = draft.ground().perZoneMax();
  }

  /// Whether anything moved.
  boolean run() {
    if (draft.ground().serving().noneMatch(this::isBeyondTolerance)) {
      return false;
    }
    int passes = 0;
    while (passes < PASSES_MAX && pass()) {
      passes++;
    }
    return passes > 0;
  }

  private boolean isBeyondTolerance(int node) {
    return draft.accounts().data().stream()
        .anyMatch(account ->
            account.isOver(node, account.measure().tolerance())
                || account.isUnder(node, account.measure().tolerance()));
  }

  private boolean isOver(int node) {
    return draft.accounts().data().stream().anyMatch(a -> a.isOver(node, a.measure().settled()));
  }

  private boolean isUnder(int node) {
    return draft.accounts().data().stream().anyMatch(a -> a.isUnder(node, a.measure().settled()));
  }

  private boolean pass() {
    boolean moved = false;
    for (int node : List.copyOf(draft.ranking().nodes())) {
      while (isUnder(node) && take(node)) {
        moved = true;
      }
    }
    for (int node : List.copyOf(draft.ranking().nodes().descendingSet())) {
      while (isOver(node) && give(node)) {
        moved = true;
      }
    }
    return moved;
  }

  private boolean give(int from) {
    forget();
    BitSet groups = draft.groupsOn(from);
    int step = step(groups);
    int place = 0;
    for (int group = groups.nextSetBit(0); group >= 0; group = groups.nextSetBit(group + 1)) {
      if (place % step == 0 && isMovable(group, from)) {
        int to = targets.best(group, from, perZoneMax);
        if (to != NONE) {
          consider(group, from, to);
        }
      }
      place++;
    }
    return move();
  }

  private boolean take(int to) {
    forget();
    for (int from : donors(to)) {
      BitSet groups = (BitSet) draft.groupsOn(from).clone();
      groups.andNot(draft.groupsOn(to));
      int step = step(groups);
      int place = 0;
      for (int group = groups.nextSetBit(0); group >= 0; group = groups.nextSetBit(group + 1)) {
        if (place % step == 0 && isMovable(group, from) && mayTake(group, from, to)) {
          consider(group, from, to);
        }
        place++;
      }
    }
    return move();
  }

  private static int step(BitSet groups) {
    return Math.max(1, groups.cardinality() / GROUPS_PROBED);
  }

  private Set<Integer> donors(int to) {
    Set<Integer> donors = new LinkedHashSet<>();
    addFullest(donors, draft.ranking().inZone(draft.ground().zoneOf(to)), to);
    addFullest(donors, draft.ranking().nodes(), to);
    return donors;
  }

  private static void addFullest(Set<Integer> donors, NavigableSet<Integer> nodes, int to) {
    int added = 0;
    for (int node : nodes.descendingSet()) {
      if (node == to || added == DONORS_PROBED) {
        break; // What stands behind the taker is emptier than it is.
      }
      donors.add(node);
      added++;
    }
  }

  private boolean isMovable(int group, int from) {
    return draft.isVoter(group, from) && draft.isWhole(group);
  }

  private boolean mayTake(int group, int from, int to) {
    return draft.admits(to, group)
        && draft.votersIn(group, draft.ground().zoneOf(to), from) < perZoneMax;
  }

  private void forget() {
    bestGain = 0;
    bestGroup = NONE;
  }

  private void consider(int group, int from, int to) {
    Accounts accounts = draft.accounts();
    double gain = -accounts.addingCost(to, group) - accounts.removingCost(from, group);
    if (gain > bestGain && gain > GAIN_MIN * weight(group, from, to)) {
      bestGain = gain;
      bestGroup = group;
      bestFrom = from;
      bestTo = to;
    }
  }

  private double weight(int group, int from, int to) {
    return draft.accounts().weight(from, group) + draft.accounts().weight(to, group);
  }

  private boolean move() {
    if (bestGroup == NONE) {
      return false;
    }
    List<String> words = words();
    draft.place(bestGroup, bestTo);
    draft.drop(bestGroup, bestFrom);
    draft.log().note(bestGroup, bestTo, Cause.BALANCE, bestFrom, words.get(0), words.get(1));
    return true;
  }

  /// Of the taker and of the giver, in the measure in which they differ most.
  private List<String> words() {
    Account widest = draft.accounts().data().get(0);
    for (Account account : draft.accounts().data()) {
      if (gap(account) > gap(widest)) {
        widest = account;
      }
    }
    List<String> words = new ArrayList<>();
    for (int node : new int[] {bestTo, bestFrom}) {
      words.add(
          draft.ground().id(node)
              + " has "
              + Math.round(100 * widest.fill(node))
              + " % of its share of "
              + widest.measure().word());
    }
    return words;
  }

  private double gap(Account account) {
    return account.fill(bestFrom) - account.fill(bestTo);
  }

  /// The measures in which nodes are still beyond the tolerance.
  void report(List<Shortfall> shortfalls) {
    draft.accounts().data().forEach(account -> report(account, draft.ground(), shortfalls));
  }

  /// Adds the worst node of an account, if any is beyond the tolerance.
  static void report(Account account, Ground ground, List<Shortfall> shortfalls) {
    double tolerance = account.measure().tolerance();
    int beyond = 0;
    int worst = NONE;
    for (int node : ground.serving().toArray()) {
      if (account.isOver(node, tolerance) || account.isUnder(node, tolerance)) {
        beyond++;
        worst = worst == NONE || off(account, node) > off(account, worst) ? node : worst;
      }
    }
    if (worst != NONE) {
      shortfalls.add(
          new Shortfall.Unbalanced(
              account.measure(),
              ground.id(worst),
              account.on(worst),
              account.share(worst),
              beyond));
    }
  }

  private static double off(Account account, int node) {
    return Math.abs(account.fill(node) - 1);
  }
}
