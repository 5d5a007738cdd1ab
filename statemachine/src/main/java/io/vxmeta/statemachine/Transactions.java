package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.BatchReader;
import io.vxmeta.statemachine.batch.StampedForm;
import io.vxmeta.statemachine.table.RecordView;
import io.vxmeta.statemachine.table.Table;

/// Applies one transaction after the other: all of it, or nothing and the reason.
final class Transactions {
  /* Threads: the apply thread.
   * Checks come in this order, and the first that fails is the answer: producer, shards, compares, types, room. The producer's
   *   number comes before the shards: what happened here is answered so, whoever has the shard now. Types are those
   *   that the mutations will meet, each seeing those before it (MergeCheck). Room is the sum of the footprints of all
   *   puts and merges of a table, as if none replaced a record: so what passes can not meet a full table half way, and near
   *   the limit an overwrite may be refused that would just have fitted. It depends only on records and entry.
   * An exception between begin and complete leaves the sequence odd: see GroupSequence.
   */

  private final ShardTables tables;
  private final Standings standings;
  private final MoveJournals journals;
  private final Producers producers;
  private final GroupSequence sequence;
  private final Expiries expiries;
  private final MergeCheck mergeCheck;
  private final Merges merges;
  private final ValueDigest digest = new ValueDigest();
  private final RecordView header = RecordView.withoutValue();
  private final RecordView record = RecordView.whole();

  Transactions(
      ShardTables tables,
      Standings standings,
      MoveJournals journals,
      Producers producers,
      GroupSequence sequence,
      Expiries expiries) {
    this.tables = tables;
    this.standings = standings;
    this.journals = journals;
    this.producers = producers;
    this.sequence = sequence;
    this.expiries = expiries;
    this.mergeCheck = new MergeCheck(tables);
    this.merges = new Merges();
  }

  /// Applies the transaction that `batch` stands at and fills in its answer.
  void apply(BatchReader batch, long leaderTimeMs, Answer answer) {
    if (!batch.hasProducer()) {
      decide(batch, leaderTimeMs, answer);
      return;
    }
    Producers.Admission admission =
        producers.admit(
            batch.buffer(),
            batch.producerIdOffset(),
            batch.epoch(),
            batch.sequence(),
            sequence.revision(),
            answer);
    if (admission == Producers.Admission.ANSWERED) {
      return;
    }
    decide(batch, leaderTimeMs, answer);
    if (answer.outcome().remembered()) {
      producers.remember(answer, leaderTimeMs);
    }
  }

  private void decide(BatchReader batch, long leaderTimeMs, Answer answer) {
    if (shardsOwned(batch, answer)
        && comparesHold(batch, answer)
        && mergesFit(batch, answer)
        && roomFor(batch, answer)) {
      mutate(batch, leaderTimeMs, answer);
    }
  }

  private boolean shardsOwned(BatchReader batch, Answer answer) {
    batch.rewindCompares();
    for (int i = 0; batch.nextCompare(); i++) {
      if (!owned(batch.compareShard(), i, answer)) {
        return false;
      }
    }
    batch.rewindMutations();
    for (int i = 0; batch.nextMutation(); i++) {
      if (!owned(batch.mutationShard(), i, answer)) {
        return false;
      }
    }
    return true;
  }

  private boolean owned(int shard, int index, Answer answer) {
    return switch (standings.of(shard).phase()) {
      case OWNED -> true;
      case FROZEN, STAGING, SEALED -> refuse(answer, Outcome.LATER, index, shard);
      case AWAY -> refuse(answer, Outcome.MOVED, index, shard);
    };
  }

  private boolean comparesHold(BatchReader batch, Answer answer) {
    batch.rewindCompares();
    for (int i = 0; batch.nextCompare(); i++) {
      boolean found =
          tables
              .table(batch.compareShard())
              .find(batch.buffer(), batch.compareKeyOffset(), batch.compareKeyLength(), header);
      boolean holds =
          switch (batch.compareKind()) {
            case VERSION_EQUALS -> found && header.version() == batch.compareVersion();
            case EXISTS -> found;
            case ABSENT -> !found;
            case VALUE_DIGEST -> found && valueMatches(batch);
          };
      if (!holds) {
        return refuse(answer, Outcome.COMPARE_FAILED, i, found ? header.version() : 0);
      }
    }
    return true;
  }

  /// The record is there: only the apply thread writes.
  private boolean valueMatches(BatchReader batch) {
    tables
        .table(batch.compareShard())
        .find(batch.buffer(), batch.compareKeyOffset(), batch.compareKeyLength(), record);
    return digest.matches(
        record.value(), record.valueLength(), batch.buffer(), batch.compareDigestOffset());
  }

  private boolean mergesFit(BatchReader batch, Answer answer) {
    Outcome outcome = mergeCheck.check(batch);
    return outcome == Outcome.APPLIED || refuse(answer, outcome, mergeCheck.failedIndex(), 0);
  }

  private boolean roomFor(BatchReader batch, Answer answer) {
    boolean room = true;
    batch.rewindMutations();
    for (int i = 0; room && batch.nextMutation(); i++) {
      boolean fits =
          switch (batch.mutationKind()) {
            case DELETE, EXPIRE -> true;
            case PUT, ADD, MAX, MIN, PUT_IF_NEWER, SET_ADD, SET_REMOVE, INTERVALS_ADD ->
                tables.want(
                    batch.mutationShard(),
                    batch.mutationKeyLength(),
                    mergeCheck.lengthMax(i, batch));
          };
      room = fits || refuse(answer, Outcome.TABLE_FULL, i, batch.mutationShard());
    }
    batch.rewindMutations();
    while (batch.nextMutation()) {
      tables.unwant(batch.mutationShard());
    }
    return room;
  }

  private void mutate(BatchReader batch, long leaderTimeMs, Answer answer) {
    long revision = sequence.begin();
    answer.applied(revision, batch.mutations());
    batch.rewindMutations();
    for (int i = 0; batch.nextMutation(); i++) {
      Table table = tables.table(batch.mutationShard());
      boolean existed =
          switch (batch.mutationKind()) {
            case PUT -> put(table, batch, revision, leaderTimeMs);
            case DELETE ->
                table.delete(batch.buffer(), batch.mutationKeyOffset(), batch.mutationKeyLength());
            case ADD, MAX, MIN -> merges.count(table, batch, revision, i, answer);
            case PUT_IF_NEWER -> putIfNewer(table, batch, revision, leaderTimeMs, i, answer);
            case SET_ADD, SET_REMOVE, INTERVALS_ADD ->
                merges.collect(table, batch, revision, i, answer);
            case EXPIRE -> expire(table, batch, leaderTimeMs);
          };
      if (existed) {
        answer.markExisted(i);
      }
      journals.note(
          batch.mutationShard(),
          batch.buffer(),
          batch.mutationKeyOffset(),
          batch.mutationKeyLength());
    }
    sequence.complete(revision);
  }

  private boolean put(Table table, BatchReader batch, long revision, long leaderTimeMs) {
    long moment = batch.expiresAtMs();
    long ttl = batch.ttlMs();
    long expiresAtMs = ttl == 0 ? moment : after(leaderTimeMs, ttl);
    boolean existed =
        table.put(
            batch.buffer(),
            batch.mutationKeyOffset(),
            batch.mutationKeyLength(),
            batch.buffer(),
            batch.valueOffset(),
            batch.valueLength(),
            revision,
            batch.flags(),
            expiresAtMs);
    if (expiresAtMs != 0) {
      expiries.note(
          table.shard(),
          batch.buffer(),
          batch.mutationKeyOffset(),
          batch.mutationKeyLength(),
          expiresAtMs);
    }
    return existed;
  }

  private static long after(long leaderTimeMs, long ttlMs) {
    return leaderTimeMs > Long.MAX_VALUE - ttlMs ? Long.MAX_VALUE : leaderTimeMs + ttlMs;
  }

  private boolean putIfNewer(
      Table table, BatchReader batch, long revision, long leaderTimeMs, int index, Answer answer) {
    boolean found =
        table.find(batch.buffer(), batch.mutationKeyOffset(), batch.mutationKeyLength(), record);
    boolean newer =
        !found
            || StampedForm.eventTime(record.value(), 0)
                < StampedForm.eventTime(batch.buffer(), batch.valueOffset());
    answer.number(index, newer ? 1 : 0);
    if (newer) {
      put(table, batch, revision, leaderTimeMs);
    }
    return found;
  }

  /// Asks the record, not the one who proposed: it may have been written again since.
  private boolean expire(Table table, BatchReader batch, long leaderTimeMs) {
    int keyOffset = batch.mutationKeyOffset();
    int keyLength = batch.mutationKeyLength();
    boolean expired =
        table.find(batch.buffer(), keyOffset, keyLength, header)
            && header.expiresAtMs() != 0
            && header.expiresAtMs() <= leaderTimeMs;
    return expired && table.delete(batch.buffer(), keyOffset, keyLength);
  }

  private boolean refuse(Answer answer, Outcome outcome, int index, long fact) {
    answer.refuse(outcome, sequence.revision(), index, fact);
    return false;
  }
}
