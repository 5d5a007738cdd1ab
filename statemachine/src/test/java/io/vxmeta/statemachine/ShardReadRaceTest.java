package io.vxmeta.statemachine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.MoveEncoder;
import io.vxmeta.statemachine.batch.MoveKind;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.table.RecordView;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Reads of a group whose shard leaves and comes back all the time: refused, or right.
final class ShardReadRaceTest {
  private static final int SHARD = 3;
  private static final int ROUNDS = 60;
  private static final List<byte[]> KEYS = List.of(new byte[] {'a'}, new byte[] {'b'});

  @TempDir Path root;

  private long attempt;

  @Test
  void whatIsReadWhileTheShardMovesIsWholeAndNotOlderThanWhatWasAcknowledged() throws Exception {
    try (MovingGroup here = new MovingGroup(root, 2, Groups.SHARDS);
        MovingGroup there = new MovingGroup(root, 3, List.of(5));
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      AtomicLong acknowledged = new AtomicLong();
      AtomicBoolean over = new AtomicBoolean();
      write(here, 0);
      List<Future<Seen>> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        readers.add(threads.submit(() -> read(here.state().reader(), acknowledged, over)));
      }
      try {
        for (long round = 1; round <= ROUNDS; round++) {
          move(here, there);
          write(there, 2 * round - 1);
          acknowledged.set(2 * round - 1);
          move(there, here);
          write(here, 2 * round);
          acknowledged.set(2 * round);
        }
      } finally {
        over.set(true);
      }
      Seen all = new Seen();
      for (Future<Seen> each : readers) {
        all.wrong.addAll(each.get().wrong);
        all.answered += each.get().answered;
        all.refused += each.get().refused;
      }
      assertEquals(List.of(), all.wrong);
      assertTrue(all.answered > ROUNDS && all.refused > ROUNDS, all.answered + " " + all.refused);
      assertEquals(List.of(), here.state().verify());
    }
  }

  private static final class Seen {
    private final List<String> wrong = new ArrayList<>();
    private long answered;
    private long refused;
  }

  private static Seen read(GroupReader reader, AtomicLong acknowledged, AtomicBoolean over) {
    Seen seen = new Seen();
    MultiGet get = MultiGet.whole();
    while (!over.get() && seen.wrong.isEmpty()) {
      long least = acknowledged.get();
      get.clear();
      for (byte[] key : KEYS) {
        byte[] tableKey = GroupTwin.tableKey(1, key);
        get.add(SHARD, tableKey, 0, tableKey.length);
      }
      try {
        long _ = reader.read(get);
        long first = value(get.record(0));
        long second = value(get.record(1));
        if (first != second || first < least) {
          seen.wrong.add("read " + first + " and " + second + ", acknowledged " + least);
        }
        seen.answered++;
      } catch (ShardNotServed refused) {
        seen.refused++;
      }
    }
    return seen;
  }

  private static long value(RecordView record) {
    return record.found() ? ByteBuffer.wrap(record.value()).getLong() : -1;
  }

  private static void write(MovingGroup group, long number) {
    byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    TransactionEncoder encoder = new TransactionEncoder().beginAnonymous(1);
    KEYS.forEach(key -> encoder.put(SHARD, Slice.of(key), Slice.of(value), 0));
    assertEquals(Outcome.APPLIED, group.apply(encoder.end()).outcome());
  }

  private void move(MovingGroup from, MovingGroup to) {
    attempt++;
    take(from, MoveEncoder.of(MoveKind.BEGIN, SHARD, attempt));
    take(to, MoveEncoder.of(MoveKind.STAGE, SHARD, attempt));
    ShardCopy copy = from.state().copy(SHARD, attempt);
    CopyStep step = copy.next();
    for (; !(step instanceof CopyStep.Seal); step = copy.next()) {
      switch (step) {
        case CopyStep.Part part -> take(to, part.entry());
        case CopyStep.Freeze _ -> take(from, MoveEncoder.of(MoveKind.FREEZE, SHARD, attempt));
        case CopyStep.Seal _ -> throw new AssertionError();
        case CopyStep.Over over -> throw new AssertionError(over.reason());
      }
    }
    take(to, ((CopyStep.Seal) step).entry());
    take(from, MoveEncoder.of(MoveKind.GIVE, SHARD, attempt));
    take(to, MoveEncoder.accept(SHARD, attempt, from.state().revision()));
    take(from, MoveEncoder.of(MoveKind.RELEASE, SHARD, attempt));
    from.state().freeLostTables();
  }

  private static void take(MovingGroup group, EncodedTransaction entry) {
    assertEquals(Outcome.APPLIED, group.apply(entry).outcome());
  }
}
