package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.BatchReader;
import io.vxmeta.statemachine.batch.CollectionMerge;
import io.vxmeta.statemachine.batch.IntervalsForm;
import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.batch.MutationKind;
import io.vxmeta.statemachine.batch.SetForm;
import io.vxmeta.statemachine.batch.StampedForm;
import io.vxmeta.statemachine.table.RecordView;
import io.vxmeta.statemachine.table.Table;

/// Decides before the first mutation whether all merges of a transaction can happen, and how long
/// each value can become.
final class MergeCheck {
  /* Threads: the apply thread.
   * A value's form is in its bytes alone: any 8 bytes are a counter, whoever put them. What an earlier mutation of the same
   *   transaction leaves is known by its form and by a bound of its length (PendingTypes).
   * A collection may grow to Limits.COLLECTION_BYTES_MAX. The first merge of a key in a transaction is judged exactly; a later one
   *   as if nothing that it brings were there already. Taking out members is never refused for size.
   */

  /// Of a mutation that needs no room.
  private static final int NO_VALUE = 0;

  private final ShardTables tables;
  private final PendingTypes pending = new PendingTypes();
  private final RecordView header = RecordView.withoutValue();
  private final RecordView record = RecordView.whole();
  private final CollectionMerge merge = new CollectionMerge();
  private int[] lengths = new int[16];
  private boolean hasMerges;
  private int failedIndex;

  MergeCheck(ShardTables tables) {
    this.tables = tables;
  }

  /// APPLIED if all merges can happen, else why one can not.
  Outcome check(BatchReader batch) {
    hasMerges = anyMerges(batch);
    if (!hasMerges) {
      return Outcome.APPLIED;
    }
    pending.begin(batch.buffer(), batch.mutations());
    if (lengths.length < batch.mutations()) {
      lengths = new int[batch.mutations()];
    }
    batch.rewindMutations();
    for (int i = 0; batch.nextMutation(); i++) {
      Outcome outcome = batch.mutationKind().merges() ? merge(batch, i) : replace(batch, i);
      if (outcome != Outcome.APPLIED) {
        failedIndex = i;
        return outcome;
      }
    }
    return Outcome.APPLIED;
  }

  /// After a refusal: the mutation to blame.
  int failedIndex() {
    return failedIndex;
  }

  /// After APPLIED: bytes of the value, at most, that the mutation leaves; `batch` stands at it.
  int lengthMax(int mutation, BatchReader batch) {
    return hasMerges ? lengths[mutation] : batch.valueLength();
  }

  private static boolean anyMerges(BatchReader batch) {
    batch.rewindMutations();
    while (batch.nextMutation()) {
      if (batch.mutationKind().merges()) {
        return true;
      }
    }
    return false;
  }

  private Outcome replace(BatchReader batch, int index) {
    lengths[index] = batch.valueLength();
    switch (batch.mutationKind()) {
      case PUT ->
          note(
              batch,
              forms(batch.buffer(), batch.valueOffset(), batch.valueLength()),
              batch.valueLength());
      case DELETE -> note(batch, PendingTypes.ABSENT, NO_VALUE);
      // Whether it removes the record is not known here; a merge is judged as if it did not.
      case EXPIRE -> {}
      case ADD, MAX, MIN, PUT_IF_NEWER, SET_ADD, SET_REMOVE, INTERVALS_ADD ->
          throw new IllegalArgumentException("expected no merge; kind=" + batch.mutationKind());
    }
    return Outcome.APPLIED;
  }

  private Outcome merge(BatchReader batch, int index) {
    MutationKind kind = batch.mutationKind();
    int shard = batch.mutationShard();
    int forms = pending.forms(shard, batch.mutationKeyOffset(), batch.mutationKeyLength());
    boolean stored = forms == PendingTypes.UNKNOWN;
    int length;
    if (stored) {
      RecordView view = isCount(kind) ? header : record;
      Table table = tables.table(shard);
      boolean found =
          table.find(batch.buffer(), batch.mutationKeyOffset(), batch.mutationKeyLength(), view);
      length = view.valueLength();
      forms = found ? storedForms(view) : PendingTypes.ABSENT;
    } else {
      length = pending.lengthMax(shard, batch.mutationKeyOffset(), batch.mutationKeyLength());
    }
    boolean absent = forms == PendingTypes.ABSENT;
    int needed = needed(kind);
    if (!absent && (forms & needed) == 0) {
      return Outcome.WRONG_TYPE;
    }
    int after = lengthAfter(batch, kind, absent ? NO_VALUE : length);
    if (kind.ofCollection() && kind != MutationKind.SET_REMOVE) {
      after = stored && !absent ? exactIfLarge(batch, kind, after) : after;
      if (after > Limits.COLLECTION_BYTES_MAX) {
        return Outcome.COLLECTION_TOO_LARGE;
      }
    }
    lengths[index] = after;
    boolean staysAbsent = absent && kind == MutationKind.SET_REMOVE;
    note(batch, staysAbsent ? PendingTypes.ABSENT : needed, after);
    return Outcome.APPLIED;
  }

  private static int lengthAfter(BatchReader batch, MutationKind kind, int length) {
    return switch (kind) {
      case ADD, MAX, MIN -> Limits.COUNTER_BYTES;
      case PUT_IF_NEWER -> Math.max(length, batch.valueLength());
      case SET_REMOVE -> length;
      case SET_ADD, INTERVALS_ADD -> length + batch.valueLength();
      case PUT, DELETE, EXPIRE ->
          throw new IllegalArgumentException("expected a merge; kind=" + kind);
    };
  }

  private int exactIfLarge(BatchReader batch, MutationKind kind, int bound) {
    if (bound <= Limits.COLLECTION_BYTES_MAX) {
      return bound;
    }
    merge.merge(
        kind,
        record.value(),
        record.valueLength(),
        batch.buffer(),
        batch.valueOffset(),
        batch.valueLength());
    return merge.length();
  }

  private void note(BatchReader batch, int forms, int lengthMax) {
    pending.note(
        batch.mutationShard(),
        batch.mutationKeyOffset(),
        batch.mutationKeyLength(),
        forms,
        lengthMax);
  }

  private static boolean isCount(MutationKind kind) {
    return needed(kind) == PendingTypes.COUNTER;
  }

  private static int needed(MutationKind kind) {
    return switch (kind) {
      case ADD, MAX, MIN -> PendingTypes.COUNTER;
      case PUT_IF_NEWER -> PendingTypes.STAMPED;
      case SET_ADD, SET_REMOVE -> PendingTypes.SET;
      case INTERVALS_ADD -> PendingTypes.INTERVALS;
      case PUT, DELETE, EXPIRE ->
          throw new IllegalArgumentException("expected a merge; kind=" + kind);
    };
  }

  /// Of a view without its value only whether it is a counter can be told, and is asked.
  private int storedForms(RecordView view) {
    if (view == header) {
      return view.valueLength() == Limits.COUNTER_BYTES
          ? PendingTypes.COUNTER
          : PendingTypes.NO_FORM;
    }
    return forms(view.value(), 0, view.valueLength());
  }

  private static int forms(byte[] buffer, int at, int length) {
    int forms = length == Limits.COUNTER_BYTES ? PendingTypes.COUNTER : 0;
    forms |= StampedForm.isOne(buffer, at, length) ? PendingTypes.STAMPED : 0;
    forms |= SetForm.isOne(buffer, at, length) ? PendingTypes.SET : 0;
    forms |= IntervalsForm.isOne(buffer, at, length) ? PendingTypes.INTERVALS : 0;
    return forms == 0 ? PendingTypes.NO_FORM : forms;
  }
}
