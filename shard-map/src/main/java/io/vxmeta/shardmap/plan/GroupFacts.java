package io.vxmeta.shardmap.plan;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What a plan has to know of a shard group: where it is, who leads it, and what each of its
/// replicas weighs.
///
/// The order of the replicas means nothing here. A leader that is no voter was measured too long
/// ago and is taken for unknown.
public record GroupFacts(
    ShardGroupId id,
    List<Replica> replicas,
    Optional<NodeId> leader,
    long bytes,
    long operationsPerSecond) {

  /// 4 TiB; sums over all replicas of a cluster stay far from the end of a long.
  public static final long BYTES_MAX = 1L << 42;

  public static final long OPERATIONS_PER_SECOND_MAX = 1L << 42;

  public GroupFacts {
    checkRange(id, "bytes", bytes, BYTES_MAX);
    checkRange(id, "operationsPerSecond", operationsPerSecond, OPERATIONS_PER_SECOND_MAX);
    replicas = replicas.stream().sorted(Comparator.comparing(Replica::node)).toList();
    ShardGroup group = new ShardGroup(id, replicas);
    leader = leader.filter(group.voters()::contains);
  }

  private static void checkRange(ShardGroupId id, String name, long value, long max) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(
          name + " is 0.." + max + ": group=" + id + " " + name + "=" + value);
    }
  }

  /// The facts of a group of a shard map. Bytes and operations are those of one replica.
  public static GroupFacts of(
      ShardGroup group, Optional<NodeId> leader, long bytes, long operationsPerSecond) {
    return new GroupFacts(group.id(), group.replicas(), leader, bytes, operationsPerSecond);
  }
}
