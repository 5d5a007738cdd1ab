package io.vxmeta.raft.console;

import io.vxmeta.raft.peer.PeerLinks.Connection;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/// What a node knows of its cluster, as the console asks for it: from memory and at once.
///
/// @param map as this node's root replica has it
/// @param connection to another node
public record Known(
    NodeId self,
    Supplier<Optional<ShardMap>> map,
    Map<ShardGroupId, ? extends Replica> replicas,
    Function<NodeId, Connection> connection,
    UnderWay underWay) {

  /// What this node is doing, by shard group.
  ///
  /// @param transfers of leads off this node
  /// @param snapshots being taken by the schedule
  /// @param sent snapshots going to other nodes or into a backup
  public record UnderWay(
      Supplier<Set<ShardGroupId>> transfers,
      Supplier<Set<ShardGroupId>> snapshots,
      Supplier<Set<ShardGroupId>> sent) {}
}
