package io.vxmeta.shardmap.plan;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;

/// Something that no plan can reach with the nodes there are.
public sealed interface Shortfall {

  /// What is missing and what would help, for an operator.
  String words();

  /// Most voters of the group are gone: its membership can not change, so nothing of it moves.
  record NoMajority(ShardGroupId group, int living, int voters) implements Shortfall {
    @Override
    public String words() {
      return "group "
          + group
          + " has lost its majority: "
          + living
          + " of "
          + voters
          + " voters live; bring nodes back, or recover it by hand";
    }
  }

  /// No further node can take a voter of the group, because all that serve have one of its
  /// replicas.
  record TooFewNodes(ShardGroupId group, int serving, int replication) implements Shortfall {
    @Override
    public String words() {
      return "group "
          + group
          + " needs "
          + replication
          + " nodes that serve, there are "
          + serving
          + "; add nodes";
    }
  }

  /// Nodes are there, but none could take the group's bytes and stay within its limit.
  record NoRoom(ShardGroupId group, long bytes) implements Shortfall {
    @Override
    public String words() {
      return "no node has room for "
          + bytes
          + " bytes of group "
          + group
          + "; add nodes or capacity";
    }
  }

  /// There are fewer zones than replicas, so up to `perZone` replicas of a group share one.
  record TooFewZones(int zones, int replication, int perZone) implements Shortfall {
    @Override
    public String words() {
      return "zones with nodes that serve: "
          + zones
          + ", replication: "
          + replication
          + ": up to "
          + perZone
          + " replicas of a group share a zone; spread nodes over more zones";
    }
  }

  /// More replicas of the group are in the zone than need be, and no node elsewhere has room.
  record SharedZone(ShardGroupId group, String zone) implements Shortfall {
    @Override
    public String words() {
      return "replicas of group "
          + group
          + " crowd zone "
          + zone
          + ", and no node of another zone has room; add capacity there";
    }
  }

  /// The node furthest from its share, and how many nodes are beyond the tolerance; no single move
  /// is worth it.
  record Unbalanced(Measure measure, NodeId worst, long value, double share, int nodes)
      implements Shortfall {
    @Override
    public String words() {
      return "nodes out of balance in "
          + measure.word()
          + ": "
          + nodes
          + ", the worst "
          + worst
          + " with "
          + value
          + " of a share of "
          + Math.round(share)
          + "; groups are too large or too few to do better";
    }
  }

  /// The plan has as many moves as it may have; the next one goes on.
  record CutShort(int movesMax) implements Shortfall {
    @Override
    public String words() {
      return "the plan ends after " + movesMax + " moves; plan again when they are done";
    }
  }
}
