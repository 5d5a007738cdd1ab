package io.vxmeta.client.cli;

import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.MoveStatus;
import io.vxmeta.client.ClusterAdmin.ShardMoveStatus;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.ShardMove;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// Something that was ordered and takes its time, under the name of what it moves.
///
/// @param text what is to become of it
/// @param step what is being done, or keeps it
/// @param done whether a map newer than the order says that it has come to that
record Operation(Id id, String text, String step, Predicate<ShardMap> done) {
  /* A thing has one operation at a time, so its name is the operation's. */

  /// What can be moved.
  enum Kind {
    SHARD("shard"),
    REPLICA("replica"),
    NODE("node");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  /// `shard/17`, `replica/2` (of that group), `node/node-4`.
  record Id(Kind kind, String of) {
    private static final String SHAPE = "shard/SHARD, replica/GROUP or node/NODE";

    static Id parse(String text) {
      for (Kind kind : Kind.values()) {
        if (text.startsWith(kind.word + "/")) {
          Id id = new Id(kind, text.substring(kind.word.length() + 1));
          id.requireSound(text);
          return id;
        }
      }
      throw malformed(text);
    }

    private void requireSound(String text) {
      try {
        switch (kind) {
          case SHARD -> shard();
          case REPLICA -> group();
          case NODE -> node();
        }
      } catch (IllegalArgumentException unsound) {
        throw malformed(text);
      }
    }

    private static CommandFailed malformed(String text) {
      return CommandFailed.usage(
          "an operation is " + SHAPE + ", as vxctl op list prints it: operation=" + text);
    }

    ShardId shard() {
      return new ShardId(Integer.parseInt(of));
    }

    ShardGroupId group() {
      return new ShardGroupId(Integer.parseInt(of));
    }

    NodeId node() {
      return new NodeId(of);
    }

    @Override
    public String toString() {
      return kind.word + "/" + of;
    }
  }

  /// All that are under way.
  ///
  /// @param epoch of the map that they are of; empty while nobody leads the root group, which alone
  ///   knows them all
  record Look(List<Operation> operations, Optional<Epoch> epoch) {
    Look {
      operations = List.copyOf(operations);
    }
  }

  static Look look(ClusterAdmin admin) {
    List<Operation> operations = new ArrayList<>();
    admin.shardMoves().forEach(move -> operations.add(of(move)));
    ShardMap map = admin.askShardMap();
    ClusterReport report = new ClusterReport(admin.statusOfAll(), Optional.of(map));
    report.moves().forEach(move -> operations.add(of(move)));
    for (Node node : map.nodes()) {
      switch (node.duty()) {
        case JOINING -> operations.add(joining(node));
        case LEAVING -> operations.add(leaving(node, map));
        case SERVING, DRAINING -> {
          // Stays.
        }
      }
    }
    return new Look(operations, report.movesEpoch());
  }

  private static Operation of(ShardMoveStatus status) {
    ShardMove move = status.move();
    return new Operation(
        new Id(Kind.SHARD, move.shard().toString()),
        "group " + move.from() + " -> group " + move.to(),
        ShardMoveListing.step(status)
            + (status.copiedBytes() == 0 ? "" : "; copied_bytes=" + status.copiedBytes()),
        map -> map.groupOf(move.shard()).equals(move.to()));
  }

  private static Operation of(MoveStatus status) {
    ReplicaMove move = status.move();
    return new Operation(
        new Id(Kind.REPLICA, move.group().toString()),
        ReplicaCommand.orDash(move.from()) + " -> " + ReplicaCommand.orDash(move.to()),
        ReplicaCommand.step(status),
        map -> isDone(map, move));
  }

  /// Whether the group is on who was to get it, and not on who was to give it up.
  static boolean isDone(ShardMap map, ReplicaMove move) {
    ShardGroup group = map.group(move.group());
    return move.to().filter(to -> !group.isOn(to)).isEmpty()
        && move.from().filter(group::isOn).isEmpty();
  }

  private static Operation joining(Node node) {
    return new Operation(
        new Id(Kind.NODE, node.id().value()),
        "joins",
        "announced; waits for the node to be started",
        map -> map.findNode(node.id()).filter(known -> known.duty() != node.duty()).isPresent());
  }

  private static Operation leaving(Node node, ShardMap map) {
    List<ShardGroupId> holds =
        map.groups().stream().filter(group -> group.isOn(node.id())).map(ShardGroup::id).toList();
    return new Operation(
        new Id(Kind.NODE, node.id().value()),
        "leaves",
        "gives up replicas of groups=" + holds,
        newer -> newer.findNode(node.id()).isEmpty());
  }
}
