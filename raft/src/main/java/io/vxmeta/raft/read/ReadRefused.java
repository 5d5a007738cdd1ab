package io.vxmeta.raft.read;

import io.vxmeta.shardmap.NodeId;
import java.util.Optional;

/// A read that could not keep its contract here. Nothing was read, so another replica may be asked.
public final class ReadRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final transient Optional<NodeId> leader;

  public ReadRefused(Reason reason, Optional<NodeId> leader, String message) {
    super(message, null, false, false);
    this.reason = reason;
    this.leader = leader;
  }

  static ReadRefused of(Reason reason, String message) {
    return new ReadRefused(reason, Optional.empty(), message);
  }

  public Reason reason() {
    return reason;
  }

  /// Who leads, as far as the refusing replica knows.
  public Optional<NodeId> leader() {
    return leader == null ? Optional.empty() : leader;
  }

  public enum Reason {
    /// This replica does not lead (any more).
    NOT_LEADER,
    /// No leader is known, the leader is not ready, or a snapshot is being installed.
    NOT_READY,
    /// The deadline passed before the proof or the wait was over.
    DEADLINE,
    /// The replica did not reach the revision asked for within the deadline.
    STALE,
    /// Too many reads wait already.
    OVERLOADED
  }
}
