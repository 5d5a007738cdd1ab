package io.vxmeta.raft.console;

import io.vxmeta.raft.console.Picture.FollowerSight;
import io.vxmeta.raft.console.Picture.GroupSight;
import io.vxmeta.raft.console.Picture.NodeSight;
import io.vxmeta.raft.console.Picture.Operation;
import io.vxmeta.raft.console.Picture.ReplicaSight;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.TableUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Sees what one node knows of its cluster at one moment.
final class Lookout {
  /* Threads: any. Counting what tables hold waits for the batch being applied, group by group. */

  private final Known known;

  Lookout(Known known) {
    this.known = known;
  }

  /// Groups of the map; each with what the replica here says, if there is one.
  List<GroupSight> groups(ShardMap map) {
    return map.groups().stream()
        .map(group ->
            new GroupSight(
                group,
                group.id().isRoot() ? List.of() : map.shardsOf(group.id()),
                Optional.<Replica>ofNullable(known.replicas().get(group.id()))
                    .map(Lookout::replica)))
        .toList();
  }

  private static ReplicaSight replica(Replica replica) {
    Optional<GroupState> state = replica.state();
    return new ReplicaSight(
        replica.role(),
        replica.leader(),
        replica.term(),
        Math.max(0, replica.committedIndex()),
        Math.max(0, replica.applied().index()),
        replica.lag(),
        replica.latestSnapshot().map(SnapshotPoint::index).orElse(0L),
        state.map(GroupState::revision).orElse(0L),
        state.flatMap(Lookout::tables),
        followers(replica));
  }

  private static Optional<Map<Integer, TableUsage>> tables(GroupState state) {
    try {
      return Optional.of(
          state.tableUsage().stream()
              .collect(Collectors.toMap(TableUsage::shard, Function.identity())));
    } catch (IllegalStateException replaced) {
      // A snapshot was installed meanwhile.
      return Optional.empty();
    }
  }

  private static List<FollowerSight> followers(Replica replica) {
    return replica.copies().stream()
        .flatMap(copies ->
            copies.followers().stream()
                .map(follower ->
                    new FollowerSight(
                        follower.node(),
                        Math.max(0, copies.last() - follower.matched()),
                        follower.silentMs())))
        .toList();
  }

  List<NodeSight> nodes(ShardMap map, List<GroupSight> groups) {
    Lines lines = new Lines(known);
    return map.nodes().stream()
        .map(
            node -> new NodeSight(node, lines.to(node.id()), leads(node, groups), holds(node, map)))
        .toList();
  }

  private static List<ShardGroupId> leads(Node node, List<GroupSight> groups) {
    return groups.stream()
        .filter(group -> group.leader().equals(Optional.of(node.id())))
        .map(GroupSight::group)
        .map(ShardGroup::id)
        .toList();
  }

  private static int holds(Node node, ShardMap map) {
    return (int) map.groups().stream().filter(group -> group.isOn(node.id())).count();
  }

  List<Operation> operations(List<GroupSight> groups, List<NodeSight> nodes) {
    List<Operation> found = new ArrayList<>();
    for (GroupSight group : groups) {
      group.replica().ifPresent(replica -> underWay(group.group().id(), replica, found));
    }
    add(Operation.Kind.TRANSFER, "the lead of %s moves", known.underWay().transfers().get(), found);
    add(
        Operation.Kind.SNAPSHOT,
        "a snapshot of %s is taken here",
        known.underWay().snapshots().get(),
        found);
    add(
        Operation.Kind.SEND,
        "a snapshot of %s is sent from here, to a node or into a backup",
        known.underWay().sent().get(),
        found);
    nodes.stream()
        .filter(node -> node.node().drains() && node.node().duty() != Node.Duty.JOINING)
        .forEach(node ->
            found.add(
                new Operation(
                    Operation.Kind.DRAIN,
                    node.node().id().value()
                        + (node.node().leaves() ? " leaves" : " drains")
                        + ", leads left: "
                        + node.leads().size())));
    return found;
  }

  private static void underWay(ShardGroupId group, ReplicaSight replica, List<Operation> found) {
    if (replica.tables().isEmpty()) {
      found.add(
          new Operation(
              Operation.Kind.INSTALL, ChangeWatch.name(group) + " installs a snapshot here"));
    }
    if (replica.leader().isEmpty()) {
      found.add(
          new Operation(
              Operation.Kind.ELECTION,
              ChangeWatch.name(group) + " looks for a leader, term " + replica.term()));
    }
  }

  private static void add(
      Operation.Kind kind, String text, Set<ShardGroupId> groups, List<Operation> found) {
    new TreeSet<>(groups)
        .forEach(group -> found.add(new Operation(kind, text.formatted(ChangeWatch.name(group)))));
  }
}
