package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.NodeId;
import java.util.Optional;

/// What became of a proposal.
public sealed interface Proposed {
  /// Committed on a majority and applied here; its answers were given before.
  record Applied(long index) implements Proposed {}

  /// Certainly not in any log: nothing happened, another try is safe.
  record NotAppended(Cause cause, Optional<NodeId> leader, String message) implements Proposed {}

  /// It was appended here, and its fate is not known to this node: it may still be committed by the
  /// next leader.
  record Unknown(String message) implements Proposed {}

  enum Cause {
    NOT_LEADER,
    NOT_READY,
    OVERLOADED
  }
}
