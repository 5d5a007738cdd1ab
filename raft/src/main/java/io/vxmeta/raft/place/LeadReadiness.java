package io.vxmeta.raft.place;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// What this node answers when it is offered a lead.
public final class LeadReadiness {
  /* Threads: any; everything is read from memory.
   * Why a leader asks at all: it sees how far this node's log is, but not what only this node knows: that its disk was slow while it
   *   led, that its disk is nearly full, that entries are in its log and not applied yet, that its shard map is newer.
   */
  private final NodeId self;
  private final Supplier<Optional<ShardMap>> newestMap;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final Supplier<Optional<String>> disk;

  /// Knows nothing by itself; asks what it is given.
  ///
  /// @param disk why this node's disk keeps it from leading, if it does
  public LeadReadiness(
      NodeId self,
      Supplier<Optional<ShardMap>> newestMap,
      Map<ShardGroupId, ? extends Replica> replicas,
      Supplier<Optional<String>> disk) {
    this.self = self;
    this.newestMap = newestMap;
    this.replicas = replicas;
    this.disk = disk;
  }

  /// Why this node should not lead the group now; empty if it may.
  ///
  /// @param commitIndex of the leader that asks
  public Optional<String> refusal(ShardGroupId group, long commitIndex) {
    Replica replica = replicas.get(group);
    if (replica == null) {
      return Optional.of("it has no replica of the group");
    }
    if (newestMap.get().flatMap(map -> map.findNode(self)).filter(Node::drains).isPresent()) {
      return Optional.of("it is draining");
    }
    Optional<String> ofDisk = disk.get();
    if (ofDisk.isPresent()) {
      return ofDisk;
    }
    if (!replica.alive() || replica.role() != RaftRole.FOLLOWER) {
      return Optional.of("it is no follower: role=" + replica.role());
    }
    if (replica.state().isEmpty()) {
      return Optional.of("it is installing a snapshot");
    }
    long behind = commitIndex - replica.applied().index();
    if (behind > LeadSpread.BEHIND_MAX) {
      return Optional.of("it has entries to apply: entries=" + behind);
    }
    return Optional.empty();
  }
}
