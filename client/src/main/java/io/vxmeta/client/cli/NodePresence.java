package io.vxmeta.client.cli;

import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.MoveStatus;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Waits for a node to have joined the cluster, or to have left it, and says what is still to come.
final class NodePresence {

  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private final ClusterAdmin admin;
  private final NodeId node;

  NodePresence(ClusterAdmin admin, NodeId node) {
    this.admin = admin;
    this.node = node;
  }

  /// @param ordered the map that says that it is to join, or to leave: older ones say nothing
  void awaitJoined(Epoch ordered, Duration timeout) {
    await(
        timeout,
        map ->
            !ordered.isNewerThan(map.epoch())
                && map.findNode(node).isPresent()
                && map.group(ShardGroupId.ROOT).isOn(node),
        "joined");
  }

  void awaitLeft(Epoch ordered, Duration timeout) {
    await(
        timeout, map -> !ordered.isNewerThan(map.epoch()) && map.findNode(node).isEmpty(), "left");
  }

  private void await(Duration timeout, Predicate<ShardMap> holds, String what) {
    long deadline = System.nanoTime() + timeout.toNanos();
    for (ShardMap map = admin.askShardMap(); !holds.test(map); map = admin.askShardMap()) {
      if (System.nanoTime() - deadline > 0) {
        throw new CommandFailed(ExitCode.UNAVAILABLE, left(map, what, timeout));
      }
      LockSupport.parkNanos(LOOK_EVERY.toNanos());
    }
  }

  private String left(ShardMap map, String what, Duration timeout) {
    String underWay =
        new ClusterReport(admin.statusOfAll(), Optional.of(map))
            .moves().stream()
                .filter(move -> move.move().concerns(node))
                .map(NodePresence::words)
                .collect(Collectors.joining());
    return "the node has not "
        + what
        + " yet: node="
        + node
        + " duty="
        + map.findNode(node).map(known -> NodeCommand.word(known.duty())).orElse("none")
        + " holds="
        + map.groups().stream().filter(group -> group.isOn(node)).map(group -> group.id()).toList()
        + " waited_ms="
        + timeout.toMillis()
        + underWay
        + "; it goes on; wait longer with --timeout, or look again: vxctl status";
  }

  private static String words(MoveStatus move) {
    return "; group " + move.move().group() + ": " + ReplicaCommand.step(move);
  }
}
