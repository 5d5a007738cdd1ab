package io.vxmeta.shardmap.plan;

import static io.vxmeta.shardmap.plan.Draft.NONE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// Takes leads off nodes that shall be emptied, and evens them out over the nodes that serve.
final class LeaderSpread {
  /* A lead costs no bytes but can only go where the group has a voter, so a node with too many and one with too few may have no
   * group in common. Then leads go along a path: the first node hands a group to a second, the second another group to a third.
   * Paths are searched by breadth, so the shortest is taken; a placement of leads that no such path improves is a best one
   * (semi-matching: Harvey, Ladner, Lovasz, Tamir, 2003). A path is taken only if the node at its end then leads less, in
   * parts of its share, than the one at its beginning did. */

  /// Which way leads flow from the node a path begins at.
  private enum Direction {
    AWAY,
    TOWARDS
  }

  /// Rounding, so that two nodes of one share never pass a lead to and fro.
  private static final double ROUNDING = 1 - 1e-9;

  private final Draft draft;
  private final Account leads;
  private final int[] next;
  private final int[] via;

  LeaderSpread(Draft draft) {
    this.draft = draft;
    this.leads = draft.accounts().leads();
    this.next = new int[draft.ground().size()];
    this.via = new int[draft.ground().size()];
  }

  void run(List<Shortfall> shortfalls) {
    leaveDraining();
    draft.accounts().shareLeads();
    if (draft.ground().serving().anyMatch(this::isBeyondTolerance)) {
      boolean moved = true;
      while (moved) {
        moved = pass();
      }
    }
    Evening.report(leads, draft.ground(), shortfalls);
  }

  private void leaveDraining() {
    for (int group = 0; group < draft.groups(); group++) {
      int leader = draft.leader(group);
      if (leader != NONE && !draft.keeps(leader) && !draft.isFrozen(group)) {
        int heir = draft.lightestLeader(group, leader);
        if (heir != NONE && draft.keeps(heir)) {
          draft.lead(group, heir);
        }
      }
    }
  }

  private boolean isBeyondTolerance(int node) {
    double tolerance = Measure.LEADERS.tolerance();
    return leads.isOver(node, tolerance) || leads.isUnder(node, tolerance);
  }

  private boolean pass() {
    boolean moved = false;
    for (int node : draft.ground().serving().toArray()) {
      while (leads.isOver(node, Measure.LEADERS.settled()) && shift(node, Direction.AWAY)) {
        moved = true;
      }
      while (leads.isUnder(node, Measure.LEADERS.settled()) && shift(node, Direction.TOWARDS)) {
        moved = true;
      }
    }
    return moved;
  }

  /// Moves one lead away from the node, or to it, along the shortest path that improves anything.
  private boolean shift(int start, Direction direction) {
    int end = search(start, direction);
    for (int node = end; node != NONE && node != start; node = next[node]) {
      draft.lead(via[node], direction == Direction.AWAY ? node : next[node]);
    }
    return end != NONE;
  }

  /// The end of the path, from which `next` leads back to the start; [Draft#NONE] if there is none.
  private int search(int start, Direction direction) {
    Arrays.fill(next, NONE);
    next[start] = start;
    List<Integer> level = List.of(start);
    int best = NONE;
    while (!level.isEmpty() && best == NONE) {
      List<Integer> reached = new ArrayList<>();
      for (int node : level) {
        reach(node, direction, reached);
      }
      for (int node : reached) {
        if (improves(start, node, direction)
            && (best == NONE || isBetterEnd(node, best, direction))) {
          best = node;
        }
      }
      level = reached;
    }
    return best;
  }

  private void reach(int node, Direction direction, List<Integer> reached) {
    BitSet groups = draft.groupsOn(node);
    for (int group = groups.nextSetBit(0); group >= 0; group = groups.nextSetBit(group + 1)) {
      int leader = draft.leader(group);
      if (leader == NONE || draft.isFrozen(group)) {
        continue;
      }
      if (direction == Direction.TOWARDS && draft.isVoter(group, node)) {
        visit(leader, node, group, reached);
      } else if (direction == Direction.AWAY && leader == node) {
        for (int voter : draft.voters(group)) {
          visit(voter, node, group, reached);
        }
      }
    }
  }

  private void visit(int node, int from, int group, List<Integer> reached) {
    if (next[node] == NONE && draft.serves(node)) {
      next[node] = from;
      via[node] = group;
      reached.add(node);
    }
  }

  private boolean improves(int start, int end, Direction direction) {
    int from = direction == Direction.AWAY ? start : end;
    int to = direction == Direction.AWAY ? end : start;
    return oneMore(to) < oneLess(from) * ROUNDING;
  }

  private boolean isBetterEnd(int node, int than, Direction direction) {
    double one = direction == Direction.AWAY ? oneMore(node) : -oneLess(node);
    double other = direction == Direction.AWAY ? oneMore(than) : -oneLess(than);
    return one < other || (one == other && node < than);
  }

  /// What one lead more costs the node, in squares of leads by share.
  private double oneMore(int node) {
    return (2 * leads.on(node) + 1) / leads.share(node);
  }

  /// What one lead less saves the node.
  private double oneLess(int node) {
    return (2 * leads.on(node) - 1) / leads.share(node);
  }
}
