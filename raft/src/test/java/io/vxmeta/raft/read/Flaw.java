package io.vxmeta.raft.read;

/// What a model run does wrong on purpose, so that its checks can be seen to catch it.
enum Flaw {
  /* Most are lies told to the real read path by the replica or the network around it, one for each line of its argument.
   * The last three are broken promises of the Raft beneath, on which that argument rests.
   */
  NONE,
  /// The leader is told that it is the only voter, so a round asks nobody.
  NOBODY_IS_ASKED,
  /// An answer to an older question is counted in the open round.
  OLDER_ROUND_COUNTS,
  /// A peer answers with the term it had when it was first asked.
  ANSWERS_ARE_KEPT,
  /// A peer that is one term ahead is taken for one that is not.
  ONE_TERM_AHEAD_CONFIRMS,
  /// A peer in the leader's own term is taken for one that is ahead.
  EQUAL_TERM_REFUSES,
  /// While the configuration changes, only the new one is asked.
  ONLY_NEW_VOTERS,
  /// While the configuration changes, only the previous one is asked.
  ONLY_PREVIOUS_VOTERS,
  /// The leader asks the voters that the group began with.
  FIRST_VOTERS_FOR_EVER,
  /// A leader counts as ready before its first entry is applied.
  NEVER_UNREADY,
  /// The commit index is noted once and used for all rounds.
  COMMIT_INDEX_IS_KEPT,
  /// A follower does not wait until it has applied what the leader said.
  FOLLOWER_DOES_NOT_WAIT,
  /// A follower uses the leader's answer to an earlier question.
  FOLLOWER_KEEPS_INDEX,
  /// A restart forgets the vote and its term.
  VOTE_IS_FORGOTTEN,
  /// Several voters change at once, although a new leader's first entry ends a change that it found
  /// half done.
  SEVERAL_VOTERS_AT_ONCE,
  /// A voter that was removed, and gave its replica up, comes back without term and vote.
  TERM_IS_DELETED;

  /// Whether the Raft beneath breaks its own promises, so that only the answers of reads are
  /// judged.
  boolean isBeneath() {
    return this == VOTE_IS_FORGOTTEN || this == SEVERAL_VOTERS_AT_ONCE || this == TERM_IS_DELETED;
  }
}
