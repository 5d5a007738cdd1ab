package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.BatchReader;
import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.batch.MutationKind;
import io.vxmeta.statemachine.table.RecordView;
import io.vxmeta.statemachine.table.Table;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Applies one transaction after the other: all of it, or nothing and the reason.
final class Transactions {
  /* Threads: the apply thread.
   * Checks come in this order, and the first that fails is the answer: producer, shards, compares, types, room. Types are those
   *   that the mutations will meet, each seeing those before it (PendingTypes). Room is the sum of the footprints of all
   *   puts and adds of a table, as if none replaced a record: so what passes can not meet a full table half way, and near
   *   the limit an overwrite may be refused that would just have fitted. It depends only on records and entry.
   * An exception between begin and complete leaves the sequence odd: see GroupSequence.
   */

  private static final VarHandle COUNTER =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN)
          .withInvokeExactBehavior();

  private final ShardTables tables;
  private final Producers producers;
  private final GroupSequence sequence;
  private final PendingTypes pending = new PendingTypes();
  private final RecordView header = RecordView.withoutValue();
  private final RecordView record = RecordView.whole();
  private final byte[] counter = new byte[Limits.COUNTER_BYTES];

  Transactions(ShardTables tables, Producers producers, GroupSequence sequence) {
    this.tables = tables;
    this.producers = producers;
    this.sequence = sequence;
  }

  /// Applies the transaction that `batch` stands at and fills in its answer.
  void apply(BatchReader batch, long leaderTimeMs, Answer answer) {
    if (!batch.hasProducer()) {
      decide(batch, answer);
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
    decide(batch, answer);
    if (answer.outcome().remembered()) {
      producers.remember(answer, leaderTimeMs);
    }
  }

  private void decide(BatchReader batch, Answer answer) {
    if (shardsHeld(batch, answer)
        && comparesHold(batch, answer)
        && typesFit(batch, answer)
        && roomFor(batch, answer)) {
      mutate(batch, answer);
    }
  }

  private boolean shardsHeld(BatchReader batch, Answer answer) {
    batch.rewindCompares();
    for (int i = 0; batch.nextCompare(); i++) {
      if (!tables.holds(batch.compareShard())) {
        return refuse(answer, Outcome.WRONG_SHARD, i, batch.compareShard());
      }
    }
    batch.rewindMutations();
    for (int i = 0; batch.nextMutation(); i++) {
      if (!tables.holds(batch.mutationShard())) {
        return refuse(answer, Outcome.WRONG_SHARD, i, batch.mutationShard());
      }
    }
    return true;
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
          };
      if (!holds) {
        return refuse(answer, Outcome.COMPARE_FAILED, i, found ? header.version() : 0);
      }
    }
    return true;
  }

  private boolean typesFit(BatchReader batch, Answer answer) {
    if (!hasAdds(batch)) {
      return true;
    }
    pending.begin(batch.buffer(), batch.mutations());
    batch.rewindMutations();
    for (int i = 0; batch.nextMutation(); i++) {
      if (batch.mutationKind() == MutationKind.ADD && !meetsCounter(batch)) {
        return refuse(answer, Outcome.WRONG_TYPE, i, 0);
      }
      pending.note(
          batch.mutationShard(),
          batch.mutationKeyOffset(),
          batch.mutationKeyLength(),
          typeAfter(batch));
    }
    return true;
  }

  private static boolean hasAdds(BatchReader batch) {
    batch.rewindMutations();
    while (batch.nextMutation()) {
      if (batch.mutationKind() == MutationKind.ADD) {
        return true;
      }
    }
    return false;
  }

  private boolean meetsCounter(BatchReader batch) {
    int keyOffset = batch.mutationKeyOffset();
    int keyLength = batch.mutationKeyLength();
    int type = pending.type(batch.mutationShard(), keyOffset, keyLength);
    if (type != PendingTypes.UNKNOWN) {
      return type != PendingTypes.OTHER;
    }
    boolean found =
        tables.table(batch.mutationShard()).find(batch.buffer(), keyOffset, keyLength, header);
    return !found || header.valueLength() == Limits.COUNTER_BYTES;
  }

  private static int typeAfter(BatchReader batch) {
    return switch (batch.mutationKind()) {
      case PUT ->
          batch.valueLength() == Limits.COUNTER_BYTES ? PendingTypes.COUNTER : PendingTypes.OTHER;
      case DELETE -> PendingTypes.ABSENT;
      case ADD -> PendingTypes.COUNTER;
    };
  }

  private boolean roomFor(BatchReader batch, Answer answer) {
    boolean room = true;
    batch.rewindMutations();
    for (int i = 0; room && batch.nextMutation(); i++) {
      // The length of an add's operand is that of the counter it makes.
      boolean fits =
          batch.mutationKind() == MutationKind.DELETE
              || tables.want(batch.mutationShard(), batch.mutationKeyLength(), batch.valueLength());
      room = fits || refuse(answer, Outcome.TABLE_FULL, i, batch.mutationShard());
    }
    batch.rewindMutations();
    while (batch.nextMutation()) {
      tables.unwant(batch.mutationShard());
    }
    return room;
  }

  private void mutate(BatchReader batch, Answer answer) {
    long revision = sequence.begin();
    answer.applied(revision, batch.mutations());
    batch.rewindMutations();
    for (int i = 0; batch.nextMutation(); i++) {
      Table table = tables.table(batch.mutationShard());
      boolean existed =
          switch (batch.mutationKind()) {
            case PUT -> put(table, batch, revision);
            case DELETE ->
                table.delete(batch.buffer(), batch.mutationKeyOffset(), batch.mutationKeyLength());
            case ADD -> add(table, batch, revision, i, answer);
          };
      if (existed) {
        answer.markExisted(i);
      }
    }
    sequence.complete(revision);
  }

  private static boolean put(Table table, BatchReader batch, long revision) {
    return table.put(
        batch.buffer(),
        batch.mutationKeyOffset(),
        batch.mutationKeyLength(),
        batch.buffer(),
        batch.valueOffset(),
        batch.valueLength(),
        revision,
        batch.flags(),
        batch.expiresAtMs());
  }

  /// Flags and expiry of an existing counter stay.
  private boolean add(Table table, BatchReader batch, long revision, int index, Answer answer) {
    int keyOffset = batch.mutationKeyOffset();
    int keyLength = batch.mutationKeyLength();
    boolean found = table.find(batch.buffer(), keyOffset, keyLength, record);
    long number = batch.delta() + (found ? (long) COUNTER.get(record.value(), 0) : 0);
    COUNTER.set(counter, 0, number);
    answer.number(index, number);
    return table.put(
        batch.buffer(),
        keyOffset,
        keyLength,
        counter,
        0,
        counter.length,
        revision,
        found ? record.flags() : 0,
        found ? record.expiresAtMs() : 0);
  }

  private boolean refuse(Answer answer, Outcome outcome, int index, long fact) {
    answer.refuse(outcome, sequence.revision(), index, fact);
    return false;
  }
}
