package io.vxmeta.shardmap.plan;

import static io.vxmeta.shardmap.plan.Draft.NONE;

import java.util.List;

/// Keeps the voters of a group in different zones, where zones are enough.
final class ZoneSpread {
  private final Draft draft;
  private final Targets targets;
  private final int perZoneMax;

  ZoneSpread(Draft draft, Targets targets) {
    this.draft = draft;
    this.targets = targets;
    this.perZoneMax = draft.ground().perZoneMax();
  }

  /// Whether anything changed. Adds what can not be spread.
  boolean run(List<Shortfall> shortfalls) {
    if (perZoneMax > 1) {
      shortfalls.add(
          new Shortfall.TooFewZones(
              draft.ground().servingZones(), draft.replication(), perZoneMax));
    }
    boolean changed = false;
    for (int group = 0; group < draft.groups(); group++) {
      if (draft.isWhole(group) && spread(group, shortfalls)) {
        changed = true;
      }
    }
    return changed;
  }

  private boolean spread(int group, List<Shortfall> shortfalls) {
    boolean changed = false;
    for (int from = crowded(group); from != NONE; from = crowded(group)) {
      String zone = draft.ground().zoneName(draft.ground().zoneOf(from));
      int to = targets.best(group, from, perZoneMax);
      if (to == NONE) {
        shortfalls.add(new Shortfall.SharedZone(draft.groupFacts(group).id(), zone));
        break;
      }
      draft.place(group, to);
      draft.drop(group, from);
      draft
          .log()
          .note(group, to, Cause.ZONES, from, "replicas of the group share zone " + zone, "");
      changed = true;
    }
    return changed;
  }

  /// A voter in a zone that has too many, best not the leader, and of these the one whose node
  /// gains most.
  private int crowded(int group) {
    int best = NONE;
    for (int node : draft.voters(group)) {
      if (draft.serves(node)
          && draft.votersIn(group, draft.ground().zoneOf(node), NONE) > perZoneMax
          && (best == NONE || isBetterToMove(group, node, best))) {
        best = node;
      }
    }
    return best;
  }

  private boolean isBetterToMove(int group, int node, int than) {
    if ((node == draft.leader(group)) != (than == draft.leader(group))) {
      return than == draft.leader(group);
    }
    return draft.accounts().removingCost(node, group) < draft.accounts().removingCost(than, group);
  }
}
