package io.vxmeta.shardmap;

import java.util.regex.Pattern;

/// The name of one vx-meta server process, unique and permanent in its cluster.
public record NodeId(String value) implements Comparable<NodeId> {

  private static final Pattern SHAPE = Pattern.compile("[a-z0-9.-]{1,63}");

  public NodeId {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a node id is 1..63 of [a-z0-9.-]: node=\"" + value + "\"; rename the node");
    }
  }

  @Override
  public int compareTo(NodeId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
