package io.vxmeta.shardmap;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Shards replicated together: the group's members in order of preference for its lead.
public record ShardGroup(ShardGroupId id, List<Replica> replicas) {

  public ShardGroup {
    replicas = List.copyOf(replicas);
    if (replicas.stream().noneMatch(Replica::isVoter)) {
      throw new IllegalArgumentException("a shard group has at least one voter: group=" + id);
    }
    Set<NodeId> seen = new HashSet<>();
    for (Replica replica : replicas) {
      if (!seen.add(replica.node())) {
        throw new IllegalArgumentException(
            "a node is in a shard group once: group=" + id + " node=" + replica.node());
      }
    }
  }

  public boolean isOn(NodeId node) {
    return replicas.stream().anyMatch(replica -> replica.node().equals(node));
  }

  public List<NodeId> voters() {
    return replicas.stream().filter(Replica::isVoter).map(Replica::node).toList();
  }
}
