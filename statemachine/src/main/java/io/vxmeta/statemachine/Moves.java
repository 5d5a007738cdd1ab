package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.MoveReader;
import io.vxmeta.statemachine.table.Table;

/// Applies the entries of shards' moves: what each takes and makes is the table in
/// docs/shard-moves.md.
final class Moves {
  /* Threads: the apply thread.
   * One method for each kind of entry. Entries arrive late, again, or never, so one whose time has not come or is over changes
   *   nothing. Everything that can refuse comes BEFORE the first change; only the copy's digest is known after its last records
   *   are in, which nobody reads: a copy that differs stays as it is, and is dropped.
   * Order for readers: a shard's standing first, then what they may look into (ShardTables.publish), both BEFORE the entry's index is
   *   applied: so who waited for the index of GIVE finds nothing to look into. Records of a copy are no part of what
   *   anybody reads, but of the digest: so an entry that changed something takes a revision, AFTER it, and replicas at one revision have one state.
   */

  private final Standings standings;
  private final ShardTables tables;
  private final Producers producers;
  private final GroupSequence sequence;
  private final Expiries expiries;
  private final MoveJournals journals;

  Moves(
      Standings standings,
      ShardTables tables,
      Producers producers,
      GroupSequence sequence,
      Expiries expiries,
      MoveJournals journals) {
    this.standings = standings;
    this.tables = tables;
    this.producers = producers;
    this.sequence = sequence;
    this.expiries = expiries;
    this.journals = journals;
  }

  /// Applies an entry and fills in its answer.
  void apply(MoveReader entry, long leaderTimeMs, Answer answer) {
    int shard = entry.shard();
    ShardStanding now = standings.of(shard);
    long attempt = entry.attempt();
    Outcome outcome =
        switch (entry.kind()) {
          case BEGIN -> begin(shard, now, attempt);
          case FREEZE -> freeze(shard, now, attempt);
          case THAW -> thaw(shard, now, attempt);
          case GIVE -> give(shard, now, attempt);
          case RELEASE -> release(shard, now, attempt);
          case STAGE -> stage(shard, now, attempt);
          case PART -> part(shard, now, entry);
          case SEAL -> seal(shard, now, entry, leaderTimeMs);
          case ACCEPT -> accept(shard, now, entry);
          case DROP -> drop(shard, now, attempt);
        };
    if (outcome == Outcome.APPLIED || outcome == Outcome.COPY_DIFFERS) {
      sequence.complete(sequence.begin());
    }
    if (outcome == Outcome.APPLIED) {
      answer.applied(sequence.revision(), 0);
    } else {
      answer.refuse(outcome, sequence.revision(), 0, fact(outcome, shard));
    }
    answer.standing(standings.of(shard));
  }

  private long fact(Outcome outcome, int shard) {
    return outcome == Outcome.TOO_MANY_PRODUCERS ? producers.max() : shard;
  }

  // ---- entries of the source

  /// Ends any earlier attempt, frozen or not.
  private Outcome begin(int shard, ShardStanding now, long attempt) {
    if (!now.phase().serves() || attempt <= now.attempt()) {
      return Outcome.OUT_OF_TURN;
    }
    journals.begin(shard, attempt);
    return become(shard, new ShardStanding(ShardPhase.OWNED, attempt, true, 0));
  }

  private Outcome freeze(int shard, ShardStanding now, long attempt) {
    if (!now.isOpen(attempt) || now.phase() != ShardPhase.OWNED) {
      return Outcome.OUT_OF_TURN;
    }
    return become(shard, new ShardStanding(ShardPhase.FROZEN, attempt, true, 0));
  }

  private Outcome thaw(int shard, ShardStanding now, long attempt) {
    if (!now.isOpen(attempt)) {
      return Outcome.OUT_OF_TURN;
    }
    journals.end(shard);
    return become(shard, new ShardStanding(ShardPhase.OWNED, attempt, false, 0));
  }

  /// The point of no return.
  private Outcome give(int shard, ShardStanding now, long attempt) {
    if (!now.isOpen(attempt) || now.phase() != ShardPhase.FROZEN) {
      return Outcome.OUT_OF_TURN;
    }
    journals.end(shard);
    expiries.end(shard);
    Outcome given = become(shard, new ShardStanding(ShardPhase.AWAY, attempt, false, 0));
    tables.publish(standings);
    return given;
  }

  private Outcome release(int shard, ShardStanding now, long attempt) {
    if (!now.is(ShardPhase.AWAY, attempt) || !tables.holds(shard)) {
      return Outcome.OUT_OF_TURN;
    }
    tables.remove(shard);
    return Outcome.APPLIED;
  }

  // ---- entries of the target

  private Outcome stage(int shard, ShardStanding now, long attempt) {
    if (now.phase().serves() || attempt <= now.attempt()) {
      return Outcome.OUT_OF_TURN;
    }
    if (tables.holds(shard)) {
      tables.remove(shard);
    }
    tables.add(shard);
    return become(shard, new ShardStanding(ShardPhase.STAGING, attempt, false, 0));
  }

  private Outcome part(int shard, ShardStanding now, MoveReader entry) {
    if (!isNext(now, entry)) {
      return Outcome.OUT_OF_TURN;
    }
    if (!fits(shard, entry)) {
      return Outcome.TABLE_FULL;
    }
    copy(tables.table(shard), entry);
    return become(
        shard, new ShardStanding(ShardPhase.STAGING, now.attempt(), false, now.nextPart() + 1));
  }

  private static boolean isNext(ShardStanding now, MoveReader entry) {
    return now.is(ShardPhase.STAGING, entry.attempt()) && now.nextPart() == entry.part();
  }

  /// As if no record replaced another: depends on records and entry alone.
  private boolean fits(int shard, MoveReader entry) {
    boolean fits = true;
    entry.rewind();
    while (fits && entry.nextRecord()) {
      fits = !entry.exists() || tables.want(shard, entry.keyLength(), entry.valueLength());
    }
    tables.unwant(shard);
    return fits;
  }

  private static void copy(Table table, MoveReader entry) {
    entry.rewind();
    while (entry.nextRecord()) {
      if (entry.exists()) {
        boolean _ =
            table.putCopy(
                entry.buffer(),
                entry.keyOffset(),
                entry.keyLength(),
                entry.valueOffset(),
                entry.valueLength(),
                entry.version(),
                entry.createVersion(),
                entry.flags(),
                entry.expiresAtMs());
      } else {
        boolean _ = table.delete(entry.buffer(), entry.keyOffset(), entry.keyLength());
      }
    }
  }

  /// The revision is raised here, and not when the shard is accepted, so that it need not be kept:
  /// it only grows, so it is as high then, and harmless if the attempt fails.
  private Outcome seal(int shard, ShardStanding now, MoveReader entry, long leaderTimeMs) {
    if (!isNext(now, entry)) {
      return Outcome.OUT_OF_TURN;
    }
    if (!fits(shard, entry)) {
      return Outcome.TABLE_FULL;
    }
    if (!producers.haveRoomForFences(entry)) {
      return Outcome.TOO_MANY_PRODUCERS;
    }
    Table table = tables.table(shard);
    copy(table, entry);
    if (table.records() != entry.sealedRecords() || table.digest() != entry.sealedDigest()) {
      return Outcome.COPY_DIFFERS;
    }
    producers.fence(entry, leaderTimeMs);
    sequence.raiseTo(entry.sealedRevision());
    return become(shard, new ShardStanding(ShardPhase.SEALED, now.attempt(), false, 0));
  }

  /// While the shard was frozen the source answered under revisions of its other shards' writes:
  /// the target's go on above them, so that no answer about a key has a lower one than an earlier
  /// answer.
  private Outcome accept(int shard, ShardStanding now, MoveReader entry) {
    long attempt = entry.attempt();
    if (!now.is(ShardPhase.SEALED, attempt)) {
      return Outcome.OUT_OF_TURN;
    }
    sequence.raiseTo(entry.sourceRevision());
    Outcome accepted = become(shard, new ShardStanding(ShardPhase.OWNED, attempt, false, 0));
    tables.publish(standings);
    expiries.begin(shard);
    return accepted;
  }

  private Outcome drop(int shard, ShardStanding now, long attempt) {
    if (!now.phase().arrives() || now.attempt() != attempt) {
      return Outcome.OUT_OF_TURN;
    }
    tables.remove(shard);
    return become(shard, new ShardStanding(ShardPhase.AWAY, attempt, false, 0));
  }

  private Outcome become(int shard, ShardStanding standing) {
    standings.set(shard, standing);
    return Outcome.APPLIED;
  }
}
