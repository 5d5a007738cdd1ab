package io.vxmeta.statemachine;

/// What a group knows of a shard: part of its replicated state, changed by entries of its log
/// alone.
///
/// @param phase what the shard is to the group
/// @param attempt the highest attempt to move the shard that the group took part in, 0: none yet
/// @param open the group is the source of that attempt, and has neither given nor thawed
/// @param nextPart the number of the part that is taken next; 0 but while the copy arrives
public record ShardStanding(ShardPhase phase, long attempt, boolean open, long nextPart) {

  public ShardStanding {
    boolean sound =
        attempt >= 0
            && nextPart >= 0
            && (!open || (attempt > 0 && phase.serves()))
            && (open || phase != ShardPhase.FROZEN)
            && (!phase.arrives() || attempt > 0)
            && (nextPart == 0 || phase == ShardPhase.STAGING);
    if (!sound) {
      throw new IllegalArgumentException(
          "expected a standing that entries lead to; phase="
              + phase
              + " attempt="
              + attempt
              + " open="
              + open
              + " nextPart="
              + nextPart
              + "; the state is damaged, restore this replica from a peer");
    }
  }

  /// Of a shard that the group began with.
  static final ShardStanding FOUNDED = new ShardStanding(ShardPhase.OWNED, 0, false, 0);

  /// Of a shard that the group has never had to do with.
  static final ShardStanding FOREIGN = new ShardStanding(ShardPhase.AWAY, 0, false, 0);

  /// The group is the source of this attempt, and it is not over.
  public boolean isOpen(long ofAttempt) {
    return open && attempt == ofAttempt;
  }

  /// Whether the standing is this phase of this attempt.
  public boolean is(ShardPhase which, long ofAttempt) {
    return phase == which && attempt == ofAttempt;
  }

  long digest(int shard) {
    long hash = Mix.next(Mix.one(shard), phase.code());
    hash = Mix.next(hash, attempt);
    hash = Mix.next(hash, open ? 1 : 0);
    return Mix.next(hash, nextPart);
  }
}
