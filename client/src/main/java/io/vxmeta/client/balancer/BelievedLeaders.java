package io.vxmeta.client.balancer;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Who leads each shard group, as far as failed calls told; at first, whom the map prefers.
final class BelievedLeaders {
  /* Threads: any. Beliefs only: a wrong one costs a redirect. */

  private final Map<ShardGroupId, NodeId> believed = new ConcurrentHashMap<>();

  NodeId of(ShardGroup group) {
    return among(group, believed.get(group.id()));
  }

  void learn(ShardGroup group, NodeId leader) {
    believed.put(group.id(), leader);
  }

  /// The node did not answer, or does not lead: if it was believed to, its next voter is asked
  /// next.
  void turnFrom(ShardGroup group, NodeId node) {
    List<NodeId> voters = group.voters();
    believed.compute(
        group.id(),
        (id, current) -> {
          NodeId leader = among(group, current);
          return leader.equals(node)
              ? voters.get((voters.indexOf(node) + 1) % voters.size())
              : leader;
        });
  }

  /// One that is no voter any more is not believed in.
  private static NodeId among(ShardGroup group, @Nullable NodeId leader) {
    List<NodeId> voters = group.voters();
    return leader != null && voters.contains(leader) ? leader : voters.get(0);
  }
}
