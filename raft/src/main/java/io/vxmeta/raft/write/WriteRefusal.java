package io.vxmeta.raft.write;

import io.vxmeta.shardmap.NodeId;
import java.util.Optional;

/// Why a transaction was certainly not written.
public record WriteRefusal(Reason reason, Optional<NodeId> leader, String message) {
  public enum Reason {
    NOT_LEADER,
    NOT_READY,
    OVERLOADED,
    /// An earlier transaction of the same stream was not accepted, so this one must not be either.
    LANE_BROKEN
  }
}
