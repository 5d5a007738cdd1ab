package io.vxmeta.raft.read;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.Optional;

/// A read that could not keep its contract here. Nothing was read, so another replica may be asked.
public final class ReadRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final transient Optional<NodeId> leader;
  private final transient Optional<Behind> behind;

  /// What was asked for and what the replica had at the end, as revisions.
  public record Behind(long required, long actual) {}

  public ReadRefused(Reason reason, Optional<NodeId> leader, String message) {
    this(reason, leader, Optional.empty(), message);
  }

  private ReadRefused(
      Reason reason, Optional<NodeId> leader, Optional<Behind> behind, String message) {
    super(message, null, false, false);
    this.reason = reason;
    this.leader = leader;
    this.behind = behind;
  }

  static ReadRefused of(Reason reason, String message) {
    return new ReadRefused(reason, Optional.empty(), message);
  }

  static ReadRefused stale(ShardGroupId group, Behind behind) {
    return new ReadRefused(
        Reason.STALE,
        Optional.empty(),
        Optional.of(behind),
        "replica has not reached the revision asked for; group="
            + group.value()
            + " required="
            + behind.required()
            + " actual="
            + behind.actual()
            + "; retry, or ask another replica");
  }

  public Reason reason() {
    return reason;
  }

  /// Who leads, as far as the refusing replica knows.
  public Optional<NodeId> leader() {
    return leader == null ? Optional.empty() : leader;
  }

  /// How far it is behind; of [Reason#STALE] only.
  public Optional<Behind> behind() {
    return behind == null ? Optional.empty() : behind;
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
