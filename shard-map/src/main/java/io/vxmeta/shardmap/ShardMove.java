package io.vxmeta.shardmap;

/// An order to move a shard from one group to another, and what is due by what the two groups say.
///
/// @param attempt numbered by the root group: a shard's attempts grow, and each has one source and
///   one target
public record ShardMove(
    ShardId shard, ShardGroupId from, ShardGroupId to, long attempt, Will will) {
  /* docs/shard-moves.md has the argument. What is due follows from the standings alone, so whoever leads the root group next goes on
   *   where another one stopped, and two at once do no harm: what the groups were asked for too late changes nothing there.
   * To be asked with standings that were read AFTER the order: then a standing of a later attempt means that the order is old. */

  /// What a group's log has made of the shard so far.
  ///
  /// @param attempt the highest attempt to move the shard that the group took part in; 0 is none
  /// @param open whether the group is the attempt's source, and has neither given nor thawed
  public record Standing(Phase phase, long attempt, boolean open) {
    public Standing {
      if (attempt < 0 || (open && !phase.serves())) {
        throw new IllegalArgumentException(
            "attempts count from 0, and only who has a shard can give it: phase="
                + phase
                + " attempt="
                + attempt
                + " open="
                + open);
      }
    }

    private boolean isOpenAt(long of) {
      return open && attempt == of;
    }

    private boolean is(Phase wanted, long of) {
      return phase == wanted && attempt == of;
    }

    @Override
    public String toString() {
      return phase + " attempt=" + attempt + (open ? " open" : "");
    }
  }

  /// What the shard is to a group.
  public enum Phase {
    /// Held elsewhere.
    AWAY,
    /// The target's: the copy arrives.
    STAGING,
    /// The target's: the copy is complete.
    SEALED,
    /// Reads and writes.
    OWNED,
    /// The source's: reads, no writes.
    FROZEN;

    private boolean serves() {
      return this == OWNED || this == FROZEN;
    }

    private boolean arrives() {
      return this == STAGING || this == SEALED;
    }
  }

  /// Whether the order still stands.
  public enum Will {
    GO,
    CALLED_OFF
  }

  /// Whether a copy that is not complete can be gone on with.
  public enum Copy {
    /// Its parts, and the journal of what changed since, are this coordinator's.
    OWN,
    /// Somebody else's, or the journal is lost: nobody knows what changed since its parts were
    /// read.
    LOST
  }

  /// What is to be done next.
  public enum Step {
    /// The source notes what changes.
    BEGIN,
    /// The target makes an empty table.
    STAGE,
    /// The copy goes on, until what changes meanwhile is little, and the source is frozen.
    COPY,
    /// The last changes are read and the copy is complete.
    SEAL,
    /// The decision.
    GIVE,
    /// The target serves, under the attempt that it says.
    ACCEPT,
    /// The shard map follows, the source deletes its records under the attempt that it says, and
    /// the order is forgotten.
    FINISH,
    /// The attempt is over, and the source goes on.
    THAW,
    /// The target deletes its copy, under the attempt that it says.
    DROP,
    /// Everything begins again, under the next number.
    ANEW,
    /// The order is forgotten: the shard stays where it is.
    FORGET,
    /// Somebody knows a newer order.
    LOOK_AGAIN
  }

  public ShardMove {
    if (shard.isRoot() || from.isRoot() || to.isRoot() || from.equals(to) || attempt < 1) {
      throw new IllegalArgumentException(
          "a data shard moves from a data group to another, in attempts from 1: shard="
              + shard
              + " from="
              + from
              + " to="
              + to
              + " attempt="
              + attempt);
    }
  }

  public static ShardMove between(ShardId shard, ShardGroupId from, ShardGroupId to, long attempt) {
    return new ShardMove(shard, from, to, attempt, Will.GO);
  }

  public ShardMove calledOff() {
    return new ShardMove(shard, from, to, attempt, Will.CALLED_OFF);
  }

  /// The same move, begun anew.
  public ShardMove anew(long number) {
    return new ShardMove(shard, from, to, number, will);
  }

  /// What is due. Throws [IllegalStateException] when the groups contradict each other.
  public Step due(Standing source, Standing target, Copy copy) {
    if (source.attempt() > attempt || target.attempt() > attempt) {
      return Step.LOOK_AGAIN;
    }
    if (wasGiven(source, target)) {
      // Also under a number of before: whoever began the move anew did so on what the groups had
      // said earlier.
      return target.phase().serves() ? Step.FINISH : Step.ACCEPT;
    }
    if (source.attempt() < attempt) {
      // Also when it was called off: only an attempt that has begun can be closed, and only a
      // closed one is safe from what
      // somebody else still sends.
      return Step.BEGIN;
    }
    if (source.isOpenAt(attempt)) {
      return will == Will.GO ? dueWhileOpen(source, target, copy) : Step.THAW;
    }
    if (source.phase() == Phase.AWAY) {
      throw new IllegalStateException(
          "what was given is with the target: " + this + " source=" + source + " target=" + target);
    }
    return dueOnceClosed(target);
  }

  private Step dueWhileOpen(Standing source, Standing target, Copy copy) {
    boolean frozen = source.phase() == Phase.FROZEN;
    if (target.attempt() < attempt) {
      return Step.STAGE;
    }
    if (target.is(Phase.SEALED, attempt)) {
      return frozen ? Step.GIVE : Step.THAW;
    }
    if (target.is(Phase.STAGING, attempt) && copy == Copy.OWN) {
      return frozen ? Step.SEAL : Step.COPY;
    }
    // Frozen or not: the attempt must be closed in the source's log before another number is given,
    // because somebody who had the
    // copy, and does not know yet that he was replaced, may still freeze, seal and give.
    return Step.THAW;
  }

  /// Whether the target has what the source gave away, all of it.
  private static boolean wasGiven(Standing source, Standing target) {
    return source.phase() == Phase.AWAY
        && source.attempt() > 0
        && target.attempt() == source.attempt()
        && (target.phase() == Phase.SEALED || target.phase().serves());
  }

  private Step dueOnceClosed(Standing target) {
    // Also one of an attempt before: begun anew at the source, and then called off.
    if (target.phase().arrives()) {
      return Step.DROP;
    }
    return will == Will.GO ? Step.ANEW : Step.FORGET;
  }

  @Override
  public String toString() {
    return "shard="
        + shard
        + " from="
        + from
        + " to="
        + to
        + " attempt="
        + attempt
        + (will == Will.CALLED_OFF ? " called off" : "");
  }
}
