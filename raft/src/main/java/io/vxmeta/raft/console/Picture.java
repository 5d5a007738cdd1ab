package io.vxmeta.raft.console;

import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.TableUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the console shows of one moment.
///
/// @param notReady why the node does not serve; empty when it does
/// @param map empty until the root group has told one
record Picture(
    long timeMs,
    long uptimeMs,
    Optional<String> notReady,
    Optional<ShardMap> map,
    List<NodeSight> nodes,
    List<GroupSight> groups,
    Latencies.Second latency,
    List<Operation> operations,
    List<Chronicle.Event> events) {

  /// A node and the line to it.
  ///
  /// @param leads groups of which a replica here says so
  /// @param holds how many replicas it has by the map
  record NodeSight(Node node, Lines.Line line, List<ShardGroupId> leads, int holds) {}

  /// A shard group and, if this node holds one, the replica of it here.
  record GroupSight(ShardGroup group, List<ShardId> shards, Optional<ReplicaSight> replica) {
    Optional<NodeId> leader() {
      return replica.flatMap(ReplicaSight::leader);
    }
  }

  /// What a replica says of itself.
  ///
  /// @param lag entries that the slowest voter lacks where it leads, else that it has not applied
  /// @param tables empty while a snapshot is installed
  record ReplicaSight(
      RaftRole role,
      Optional<NodeId> leader,
      long term,
      long committed,
      long applied,
      long lag,
      long snapshotIndex,
      long revision,
      Optional<Map<Integer, TableUsage>> tables,
      List<FollowerSight> followers) {}

  /// What a leader knows of a follower.
  record FollowerSight(NodeId node, long behind, long silentMs) {}

  /// Something that takes a while and is under way.
  record Operation(Kind kind, String text) {
    /// What is being done.
    enum Kind {
      START,
      ELECTION,
      INSTALL,
      TRANSFER,
      SNAPSHOT,
      SEND,
      DRAIN
    }
  }

  Picture {
    nodes = List.copyOf(nodes);
    groups = List.copyOf(groups);
    operations = List.copyOf(operations);
    events = List.copyOf(events);
  }

  /// Of a node that knows nothing yet.
  static Picture ofStart(
      long timeMs,
      long uptimeMs,
      Optional<String> notReady,
      Latencies.Second latency,
      List<Chronicle.Event> events) {
    List<Operation> starting = new ArrayList<>();
    notReady.ifPresent(why -> starting.add(new Operation(Operation.Kind.START, why)));
    return new Picture(
        timeMs,
        uptimeMs,
        notReady,
        Optional.empty(),
        List.of(),
        List.of(),
        latency,
        starting,
        events);
  }
}
