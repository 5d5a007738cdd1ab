package io.vxmeta.shardmap.plan;

import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;

/// What a plan has to know of a node.
public record NodeFacts(NodeId id, String zone, long capacityBytes, Standing standing) {

  /// 1 PiB; sums over all nodes of a cluster stay far from the end of a long.
  public static final long CAPACITY_BYTES_MAX = 1L << 50;

  /// What may be on the node.
  public enum Standing {
    /// Serves, and takes whatever it is given.
    SERVING,
    /// Known but not ready: keeps what it has and is given nothing more.
    JOINING,
    /// Serves, but shall be emptied.
    DRAINING,
    /// Does not come back: what was on it is lost to its groups.
    GONE
  }

  public NodeFacts {
    if (capacityBytes < 1 || capacityBytes > CAPACITY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a node's capacity is 1.."
              + CAPACITY_BYTES_MAX
              + " bytes: node="
              + id
              + " capacity="
              + capacityBytes);
    }
  }

  /// The facts of a node of a shard map.
  public static NodeFacts of(Node node, long capacityBytes, Standing standing) {
    return new NodeFacts(node.id(), node.zone(), capacityBytes, standing);
  }

  boolean takes() {
    return standing == Standing.SERVING;
  }

  boolean keeps() {
    return standing == Standing.SERVING || standing == Standing.JOINING;
  }

  boolean lives() {
    return standing != Standing.GONE;
  }
}
