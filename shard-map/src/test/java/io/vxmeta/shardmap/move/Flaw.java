package io.vxmeta.shardmap.move;

/// What a variant of the protocol does wrong on purpose, so that the model can be seen to catch it.
enum Flaw {
  NONE,
  /// The freeze is a flag of the source's leader, not an entry.
  FREEZE_IN_MEMORY,
  /// What changed last is read before the freeze is applied.
  LAST_CHANGES_BEFORE_FREEZE,
  /// After a change of the source's leader its empty list of changes is taken for the whole.
  LOST_JOURNAL_IS_EMPTY,
  /// Whoever takes an attempt over goes on with its copy under the same numbers.
  COPY_IS_TAKEN_OVER,
  /// A part of an older attempt's copy is taken.
  OLDER_PART_COUNTS,
  /// The target begins with an older attempt's copy again.
  OLDER_STAGE_COUNTS,
  /// The source gives the shard away for an older attempt.
  OLDER_GIVE_COUNTS,
  /// A part of the copy is taken again, after later ones.
  PARTS_IN_ANY_ORDER,
  /// The target begins with an attempt before the source did.
  TARGET_BEGINS_FIRST,
  /// The source gives the shard away before all of it is in the target's log.
  GIVEN_BEFORE_SEALED,
  /// The target takes the shard over before the source gave it away.
  ACCEPTED_BEFORE_GIVEN,
  /// The source thaws although it may have given the shard away.
  THAWED_AFTER_GIVEN,
  /// A thaw leaves the attempt open, so that its late entries count.
  THAW_LEAVES_ATTEMPT_OPEN,
  /// Nobody may thaw, nor begin anew.
  NOBODY_THAWS,
  /// The source deletes the records while it may still thaw.
  RELEASED_BEFORE_GIVEN,
  /// A repetition at the target counts there, where the first answer is not known.
  NUMBERS_COUNT_ANYWHERE,
  /// A group that does not own the shard says so before it looks whether the write happened.
  OWNERSHIP_BEFORE_NUMBER,
  /// A group says that a write did not happen, and forgets that it said so.
  MOVED_IS_FORGOTTEN,
  /// A client goes to the target while its write may still happen at the source.
  CLIENT_LEAVES_IN_DOUBT,
  /// Which producers were replaced by newer epochs is not told to the target.
  FENCES_STAY_BEHIND,
  /// A replica answers reads without proof that it is up to date.
  READ_WITHOUT_BARRIER,
  /// A replica that is up to date answers whoever owns the shard.
  READ_WITHOUT_OWNERSHIP,
  /// Ownership is looked at when the read arrives, not at the index it is answered at.
  OWNERSHIP_ON_ARRIVAL,
  /// The target answers reads as soon as it has everything.
  READ_FROM_SEALED,
  /// A replica that is restored from a snapshot holds the shards that its group began with.
  SNAPSHOT_WITHOUT_PHASE
}
