package io.vxmeta.client;

import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// The shards of some keys of one namespace, in the order of the keys.
record KeyShards(List<ShardId> shards) {

  private static final List<ShardId> ALL =
      IntStream.range(0, ShardId.COUNT).mapToObj(ShardId::new).toList();

  static KeyShards of(String namespace, List<Bytes> keys) {
    ShardHash hash = ShardHash.ofNamespace(namespace);
    return new KeyShards(
        keys.stream().map(key -> ALL.get(hash.shardOf(key.raw(), 0, key.length()))).toList());
  }

  ShardId first() {
    return shards.get(0);
  }

  /// The group that owns all of them; empty when they belong to several.
  Optional<ShardGroupId> group(ShardMap map) {
    ShardGroupId group = map.groupOf(first());
    return strayFrom(map).isEmpty() ? Optional.of(group) : Optional.empty();
  }

  /// A shard that another group owns than the first shard's.
  Optional<ShardId> strayFrom(ShardMap map) {
    ShardGroupId group = map.groupOf(first());
    for (ShardId shard : shards) {
      if (!map.groupOf(shard).equals(group)) {
        return Optional.of(shard);
      }
    }
    return Optional.empty();
  }
}
