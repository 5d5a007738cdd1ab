package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.BatchReader;
import io.vxmeta.statemachine.batch.CollectionMerge;
import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.batch.MutationKind;
import io.vxmeta.statemachine.table.RecordView;
import io.vxmeta.statemachine.table.Table;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Changes counters, sets and unions of intervals where they are.
final class Merges {
  /* Threads: the apply thread. MergeCheck has seen BEFORE that every value has the form it needs.
   * A merge that changes nothing writes nothing: the record keeps its version. Flags and expiry of a record that was there
   * stay; a new one has none.
   */

  private static final VarHandle COUNTER =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN)
          .withInvokeExactBehavior();

  private final RecordView record = RecordView.whole();
  private final byte[] counter = new byte[Limits.COUNTER_BYTES];
  private final CollectionMerge merge = new CollectionMerge();

  /// Add, max, min; returns whether there was a counter.
  boolean count(Table table, BatchReader batch, long revision, int index, Answer answer) {
    boolean found = find(table, batch);
    long old = found ? (long) COUNTER.get(record.value(), 0) : 0;
    long operand = batch.delta();
    MutationKind kind = batch.mutationKind();
    long number = !found ? operand : count(kind, old, operand);
    answer.number(index, number);
    // An add always writes, also of 0: it is how a counter is touched.
    if (!found || number != old || kind == MutationKind.ADD) {
      COUNTER.set(counter, 0, number);
      put(table, batch, counter, 0, counter.length, revision);
    }
    return found;
  }

  private static long count(MutationKind kind, long old, long operand) {
    return switch (kind) {
      case ADD -> old + operand;
      case MAX -> Math.max(old, operand);
      case MIN -> Math.min(old, operand);
      case PUT, DELETE, PUT_IF_NEWER, SET_ADD, SET_REMOVE, INTERVALS_ADD, EXPIRE ->
          throw new IllegalArgumentException("expected a mutation of a counter; kind=" + kind);
    };
  }

  /// Sets and intervals; returns whether there was one.
  boolean collect(Table table, BatchReader batch, long revision, int index, Answer answer) {
    boolean found = find(table, batch);
    MutationKind kind = batch.mutationKind();
    if (!found && kind == MutationKind.SET_REMOVE) {
      answer.number(index, 0);
      return false;
    }
    merge.merge(
        kind,
        record.value(),
        record.valueLength(),
        batch.buffer(),
        batch.valueOffset(),
        batch.valueLength());
    answer.number(index, merge.changed());
    if (!found || merge.changed() != 0) {
      put(table, batch, merge.result(), 0, merge.length(), revision);
    }
    return found;
  }

  private boolean find(Table table, BatchReader batch) {
    return table.find(batch.buffer(), batch.mutationKeyOffset(), batch.mutationKeyLength(), record);
  }

  private void put(
      Table table, BatchReader batch, byte[] value, int valueAt, int length, long revision) {
    table.put(
        batch.buffer(),
        batch.mutationKeyOffset(),
        batch.mutationKeyLength(),
        value,
        valueAt,
        length,
        revision,
        record.flags(),
        record.expiresAtMs());
  }
}
