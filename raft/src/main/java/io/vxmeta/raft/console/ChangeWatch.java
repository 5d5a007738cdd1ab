package io.vxmeta.raft.console;

import io.vxmeta.raft.console.Chronicle.Kind;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Looks again and again at what a node knows, and notes what has changed.
final class ChangeWatch {
  /* Threads: guarded by the console. What happens and is undone between two looks is not seen. */

  private final Chronicle chronicle;
  private final Map<ShardGroupId, Leadership> leaders = new HashMap<>();
  private final Map<ShardGroupId, Long> snapshots = new HashMap<>();
  private final Map<NodeId, Lines.State> lines = new HashMap<>();
  private Optional<ShardMap> map = Optional.empty();
  private Optional<String> notReady = Optional.of("starting");

  /// Who leads, as far as a replica knows.
  private record Leadership(Optional<NodeId> leader, long term) {}

  ChangeWatch(Chronicle chronicle) {
    this.chronicle = chronicle;
  }

  /// Whether the node serves.
  void readiness(Optional<String> reason, long nowMs) {
    if (reason.isPresent() != notReady.isPresent()) {
      chronicle.note(
          nowMs,
          Kind.READINESS,
          reason.map(why -> "this node is not ready: " + why).orElse("this node is ready"));
    }
    notReady = reason;
  }

  void look(Known known, long nowMs) {
    new TreeMap<ShardGroupId, Replica>(known.replicas())
        .values()
        .forEach(replica -> {
          lead(replica, nowMs);
          snapshot(replica, nowMs);
        });
    Optional<ShardMap> now = known.map().get();
    now.ifPresent(newest -> {
      map(newest, nowMs);
      Lines seen = new Lines(known);
      newest.nodes().forEach(node -> line(node.id(), seen.to(node.id()).state(), nowMs));
    });
  }

  private void lead(Replica replica, long nowMs) {
    ShardGroupId group = replica.group();
    Leadership now = new Leadership(replica.leader(), replica.term());
    Optional<Leadership> before = Optional.ofNullable(leaders.get(group));
    if (now.leader().isEmpty()) {
      if (before.flatMap(Leadership::leader).isPresent()) {
        chronicle.note(
            nowMs,
            Kind.NO_LEADER,
            "%s has no leader, %s led in term %d"
                .formatted(
                    name(group),
                    before.flatMap(Leadership::leader).map(NodeId::value).orElse(""),
                    before.get().term()));
      }
      leaders.put(group, now);
    } else if (!before.equals(Optional.of(now))) {
      chronicle.note(
          nowMs,
          Kind.LEADER,
          "%s leads %s in term %d".formatted(now.leader().get().value(), name(group), now.term()));
      leaders.put(group, now);
    }
  }

  private void snapshot(Replica replica, long nowMs) {
    long index = replica.latestSnapshot().map(SnapshotPoint::index).orElse(0L);
    Long before = snapshots.put(replica.group(), index);
    if (before != null && index > before) {
      chronicle.note(
          nowMs,
          Kind.SNAPSHOT,
          "snapshot of %s up to entry %d".formatted(name(replica.group()), index));
    }
  }

  private void map(ShardMap now, long nowMs) {
    if (map.isPresent() && now.epoch().value() > map.get().epoch().value()) {
      chronicle.note(nowMs, Kind.MAP, "shard map of epoch " + now.epoch().value());
      ShardMap before = map.get();
      now.nodes().stream()
          .filter(node ->
              before.findNode(node.id()).map(Node::duty).filter(node.duty()::equals).isEmpty())
          .forEach(
              node -> chronicle.note(nowMs, Kind.MAP, node.id().value() + " " + word(node.duty())));
      before.nodes().stream()
          .filter(node -> now.findNode(node.id()).isEmpty())
          .forEach(
              node -> chronicle.note(nowMs, Kind.MAP, node.id().value() + " has left the cluster"));
    }
    map = Optional.of(now);
  }

  private static String word(Node.Duty duty) {
    return switch (duty) {
      case SERVING -> "serves";
      case DRAINING -> "drains";
      case JOINING -> "is to join";
      case LEAVING -> "leaves";
    };
  }

  private void line(NodeId node, Lines.State now, long nowMs) {
    Lines.State before = lines.getOrDefault(node, Lines.State.UNKNOWN);
    if (now == before || now == Lines.State.UNKNOWN || now == Lines.State.SELF) {
      return;
    }
    lines.put(node, now);
    switch (now) {
      case DOWN -> chronicle.note(nowMs, Kind.LINE, "no connection to " + node.value());
      case SILENT -> chronicle.note(nowMs, Kind.LINE, node.value() + " is silent");
      case UP -> {
        if (before != Lines.State.UNKNOWN) {
          chronicle.note(nowMs, Kind.LINE, node.value() + " answers again");
        }
      }
      case SELF, UNKNOWN -> {}
    }
  }

  static String name(ShardGroupId group) {
    return group.isRoot() ? "the root group" : "group " + group.value();
  }
}
