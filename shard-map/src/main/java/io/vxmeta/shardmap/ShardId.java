package io.vxmeta.shardmap;

/// One of the 128 hash partitions of the key space, or the root group's own shard.
public record ShardId(int value) implements Comparable<ShardId> {

  /// How many data shards there are; fixed for ever, since every stored key depends on it.
  public static final int COUNT = 128;

  /// The only shard of the root group; hashing never yields it.
  public static final ShardId ROOT = new ShardId(COUNT);

  public ShardId {
    if (value < 0 || value > COUNT) {
      throw new IllegalArgumentException(
          "a shard is 0.." + (COUNT - 1) + " (128 = root): shard=" + value);
    }
  }

  public boolean isRoot() {
    return value == COUNT;
  }

  @Override
  public int compareTo(ShardId other) {
    return Integer.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Integer.toString(value);
  }
}
