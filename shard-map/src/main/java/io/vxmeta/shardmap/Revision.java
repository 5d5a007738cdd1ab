package io.vxmeta.shardmap;

/// A shard group's count of committed transactions; the version of every record a transaction
/// wrote.
public record Revision(long value) implements Comparable<Revision> {

  /// Of a group nothing was ever written to.
  public static final Revision ZERO = new Revision(0);

  public Revision {
    if (value < 0) {
      throw new IllegalArgumentException("a revision is not negative: revision=" + value);
    }
  }

  public Revision next() {
    return new Revision(value + 1);
  }

  public boolean covers(Revision other) {
    return value >= other.value;
  }

  @Override
  public int compareTo(Revision other) {
    return Long.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
