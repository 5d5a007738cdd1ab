package io.vxmeta.raft.recover;

import io.vxmeta.raft.ratis.LogState;

/// What a group's files lack before Raft may start on them.
public sealed interface Need {
  /* The rule behind it: a replica may vote and count only with everything it ever acknowledged. What a snapshot covered was
   *   committed, so any replica's snapshot that reaches as far is as good. What only the log held may not be committed yet,
   *   so a lost log needs the leader's word on all that this replica may have acknowledged.
   * None is -1: log indexes begin at 0.
   */

  /// Raft may start.
  record Nothing() implements Need {}

  /// The log is whole, but what it stands on is not here.
  ///
  /// @param atLeastIndex last entry that the missing snapshot must cover
  record Snapshot(long atLeastIndex) implements Need {}

  /// Entries that may have been acknowledged are lost.
  record Everything(String lost) implements Need {}

  /// Decides it from what was found.
  ///
  /// @param log whole or damaged, its torn end cut off before
  /// @param valid index of the newest sound snapshot
  /// @param damaged index of the newest damaged one
  static Need of(LogState log, long valid, long damaged) {
    return switch (log) {
      case LogState.Damaged lost -> new Everything(lost.what());
      case LogState.Torn torn ->
          throw new IllegalArgumentException(
              "expected a log without a torn end; file=" + torn.file());
      case LogState.Empty empty -> of(empty.next(), empty.next() - 1, valid, damaged);
      case LogState.Whole whole -> of(whole.first(), whole.last(), valid, damaged);
    };
  }

  private static Need of(long first, long last, long valid, long damaged) {
    boolean begins = valid >= first - 1;
    boolean ends = damaged <= Math.max(last, valid);
    if (begins && ends) {
      return new Nothing();
    }
    return new Snapshot(ends ? first - 1 : Math.max(first - 1, damaged));
  }
}
