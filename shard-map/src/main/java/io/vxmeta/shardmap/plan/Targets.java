package io.vxmeta.shardmap.plan;

import static io.vxmeta.shardmap.plan.Draft.NONE;

/// Finds the node to which a replica goes best.
final class Targets {
  /* Not every node is looked at: the emptiest few that may take the group, in the zones whose emptiest nodes are emptiest.
   * Of these the one with the least cost wins, so that a group of many bytes finds a node that lacks bytes. A node is passed over
   * only if it has the group already or no room, so a node is found whenever there is one. */

  /// So many zones are looked at.
  private static final int ZONES_PROBED = 8;

  /// So many nodes of a zone are looked at.
  private static final int NODES_PROBED = 4;

  private final Draft draft;

  Targets(Draft draft) {
    this.draft = draft;
  }

  /// The best node for a replica of the group that leaves `leaving` (or nowhere), so that no zone
  /// gets more than `perZoneMax` of its voters; [Draft#NONE] if there is none.
  int best(int group, int leaving, int perZoneMax) {
    int best = NONE;
    double bestCost = Double.POSITIVE_INFINITY;
    int zones = 0;
    for (int zone : draft.ranking().zones()) {
      if (draft.votersIn(group, zone, leaving) >= perZoneMax) {
        continue;
      }
      int nodes = 0;
      for (int node : draft.ranking().inZone(zone)) {
        if (!draft.admits(node, group)) {
          continue;
        }
        double cost = draft.accounts().addingCost(node, group);
        if (cost < bestCost) {
          best = node;
          bestCost = cost;
        }
        nodes++;
        if (nodes == NODES_PROBED) {
          break;
        }
      }
      zones += nodes > 0 ? 1 : 0;
      if (zones == ZONES_PROBED) {
        break;
      }
    }
    return best;
  }
}
