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

  /// How these, which the map gives to a group, have to be read so that what the caller asks for is
  /// kept. A token of another group says nothing that its revisions could be compared with; it may
  /// be of a shard that was there once, and then reading the newest is what keeps it.
  Consistency kept(Consistency asked, ShardGroupId group, ShardMap map) {
    return asked instanceof Consistency.AtLeast atLeast
            && atLeast.tokens().speakOfOthersThan(group, map.clusterId())
            && shards.stream().anyMatch(map::wasMoved)
        ? new Consistency.Linearizable()
        : asked;
  }
}
