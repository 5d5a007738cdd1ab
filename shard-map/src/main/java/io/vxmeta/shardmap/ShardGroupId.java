package io.vxmeta.shardmap;

/// Names a set of shards that is replicated together; 0 is the root group, which keeps the shard
/// map.
public record ShardGroupId(int value) implements Comparable<ShardGroupId> {

  public static final ShardGroupId ROOT = new ShardGroupId(0);

  /// Groups travel as 16-bit numbers in batches.
  public static final int MAX = 65_535;

  public ShardGroupId {
    if (value < 0 || value > MAX) {
      throw new IllegalArgumentException("a shard group is 0.." + MAX + ": group=" + value);
    }
  }

  public boolean isRoot() {
    return value == 0;
  }

  @Override
  public int compareTo(ShardGroupId other) {
    return Integer.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Integer.toString(value);
  }
}
