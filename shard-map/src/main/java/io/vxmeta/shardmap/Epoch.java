package io.vxmeta.shardmap;

/// The version of a shard map; a higher one replaces a lower one.
public record Epoch(long value) implements Comparable<Epoch> {

  /// Of a cluster whose map is not written yet.
  public static final Epoch NONE = new Epoch(0);

  /// Of the map that the first start of a cluster writes.
  public static final Epoch FIRST = new Epoch(1);

  public Epoch {
    if (value < 0) {
      throw new IllegalArgumentException("an epoch is not negative: epoch=" + value);
    }
  }

  public Epoch next() {
    return new Epoch(value + 1);
  }

  public boolean isNewerThan(Epoch other) {
    return value > other.value;
  }

  @Override
  public int compareTo(Epoch other) {
    return Long.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
