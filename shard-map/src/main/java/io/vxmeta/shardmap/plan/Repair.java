package io.vxmeta.shardmap.plan;

import static io.vxmeta.shardmap.plan.Draft.NONE;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Gives each group its replication of voters, on nodes that live and are not to be emptied.
final class Repair {
  /* The groups with the fewest living voters come first, among them the largest, because small ones fit in everywhere. A voter
   * goes only where there are more than the replication, the one that is gone first: so none that lives is missed. */

  private final Draft draft;
  private final Targets targets;
  private final int replication;

  Repair(Draft draft, Targets targets) {
    this.draft = draft;
    this.targets = targets;
    this.replication = draft.replication();
  }

  /// Whether anything changed. Adds what can not be mended.
  boolean run(List<Shortfall> shortfalls) {
    boolean changed = false;
    for (int group : patients()) {
      if (draft.isFrozen(group)) {
        shortfalls.add(
            new Shortfall.NoMajority(
                draft.groupFacts(group).id(),
                draft.livingVoters(group),
                draft.voters(group).length));
      } else if (mend(group, shortfalls)) {
        changed = true;
      }
    }
    return changed;
  }

  private List<Integer> patients() {
    return IntStream.range(0, draft.groups())
        .filter(group -> !isWell(group))
        .boxed()
        .sorted(
            Comparator.<Integer>comparingInt(draft::livingVoters)
                .thenComparing(
                    Comparator.<Integer>comparingLong(draft.accounts().bytes()::of).reversed())
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  private boolean isWell(int group) {
    return draft.isWhole(group) && strayListener(group) == NONE;
  }

  private boolean mend(int group, List<Shortfall> shortfalls) {
    boolean changed = false;
    while (draft.keptVoters(group) < replication) {
      int leaving = leaving(draft.voters(group));
      int node = successor(group, leaving);
      if (node == NONE) {
        shortfalls.add(nowhere(group));
        break;
      }
      draft.place(group, node);
      draft.log().note(group, node, Cause.MISSING, leaving, "", "");
      if (leaving != NONE && draft.voters(group).length > replication) {
        draft.drop(group, leaving);
      }
      changed = true;
    }
    while (draft.voters(group).length > replication) {
      draft.drop(group, surplus(group));
      changed = true;
    }
    for (int stray = strayListener(group); stray != NONE; stray = strayListener(group)) {
      draft.drop(group, stray);
      changed = true;
    }
    return changed;
  }

  /// The member that has to go first: one that is gone before one whose node drains.
  private int leaving(int[] members) {
    int draining = NONE;
    for (int node : members) {
      if (!draft.ground().lives(node)) {
        return node;
      }
      if (draining == NONE && !draft.keeps(node)) {
        draining = node;
      }
    }
    return draining;
  }

  private int strayListener(int group) {
    return leaving(draft.listeners(group));
  }

  /// A listener that only has to be promoted, else the best node; zones give way if they must.
  private int successor(int group, int leaving) {
    for (int perZone : new int[] {draft.ground().perZoneMax(), replication}) {
      for (int node : draft.listeners(group)) {
        if (draft.serves(node)
            && draft.votersIn(group, draft.ground().zoneOf(node), leaving) < perZone) {
          return node;
        }
      }
      int node = targets.best(group, leaving, perZone);
      if (node != NONE) {
        return node;
      }
    }
    return NONE;
  }

  private Shortfall nowhere(int group) {
    GroupFacts facts = draft.groupFacts(group);
    boolean everywhere = draft.ground().serving().allMatch(node -> draft.isOn(group, node));
    return everywhere
        ? new Shortfall.TooFewNodes(facts.id(), draft.ground().servingNodes(), replication)
        : new Shortfall.NoRoom(facts.id(), facts.bytes());
  }

  /// The voter to do without: one that has to go, else one of a crowded zone, and of these the one
  /// whose node gains most, the leader last.
  private int surplus(int group) {
    int leaving = leaving(draft.voters(group));
    if (leaving != NONE) {
      return leaving;
    }
    int best = NONE;
    for (int node : draft.voters(group)) {
      if (best == NONE || isBetterToLose(group, node, best)) {
        best = node;
      }
    }
    return best;
  }

  private boolean isBetterToLose(int group, int node, int than) {
    if ((node == draft.leader(group)) != (than == draft.leader(group))) {
      return than == draft.leader(group);
    }
    int crowd = draft.votersIn(group, draft.ground().zoneOf(node), NONE);
    int otherCrowd = draft.votersIn(group, draft.ground().zoneOf(than), NONE);
    if (crowd != otherCrowd) {
      return crowd > otherCrowd;
    }
    if (draft.serves(node) != draft.serves(than)) {
      return draft.serves(node);
    }
    return draft.serves(node)
        && draft.accounts().removingCost(node, group) < draft.accounts().removingCost(than, group);
  }
}
