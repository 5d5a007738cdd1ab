package io.vxmeta.statemachine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.table.RecordView;
import io.vxmeta.statemachine.table.Table;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Readers beside an apply thread whose every transaction writes the same revision to all keys of a
/// set, in several tables.
final class GroupReaderRaceTest {
  private static final int KEYS = 24;

  /// Enough for many thousand meetings of a read and a write even on one busy core.
  private static final int TRANSACTIONS = 60_000;

  private static final int PER_ENTRY = 50;

  /// With the check off a torn read comes within a few hundred reads on two cores; this is only an
  /// end.
  private static final int UNCHECKED_ROUNDS_MAX = 20;

  @TempDir Path root;

  @Test
  void multiGetBesideWritesSeesWholeTransactionsAtTheRevisionItReports() throws Exception {
    try (GroupState group = GroupState.create(Groups.config(root));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      List<String> torn = race(group, group.reader(), 0);
      assertEquals(List.of(), torn);
      assertTrue(group.reader().repeatedReads() > 0, "no read met a write: nothing was tested");
    }
  }

  @Test
  void withoutTheCheckTornReadsAreSeen() throws Exception {
    try (GroupState group = GroupState.create(Groups.config(root));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      GroupReader unchecked = group.reader(GroupReader.Check.OFF);
      List<String> torn = new ArrayList<>();
      for (int round = 0; torn.isEmpty() && round < UNCHECKED_ROUNDS_MAX; round++) {
        torn.addAll(race(group, unchecked, round * (long) (TRANSACTIONS / PER_ENTRY)));
      }
      assertTrue(!torn.isEmpty(), "the race test would not notice a missing check");
    }
  }

  @Test
  void stateThatDiedHalfWayIsNeverRead() throws Exception {
    GroupStateConfig config = Groups.config(root);
    List<Table> tables = new ArrayList<>();
    for (int shard : config.shards()) {
      tables.add(Table.create(root, shard, config.table(), config.memory()));
    }
    Standings standings = new Standings(config.shards(), Map.of());
    try (ShardTables shards = new ShardTables(config, tables, standings)) {
      GroupSequence sequence = new GroupSequence(0);
      ReentrantLock lock = new ReentrantLock();
      GroupReader reader = new GroupReader(shards, standings, sequence, lock, GroupReader.Check.ON);
      assertEquals(0, reader.read(keys()));
      long revision = sequence.begin();
      assertThrows(IllegalStateException.class, () -> reader.read(keys()));
      sequence.complete(revision);
      assertEquals(1, reader.read(keys()));
      assertEquals(1, reader.lockedReads());
      tables.forEach(table -> assertEquals(List.of(), table.verify().problems()));
    }
  }

  @Test
  void readerThatMeetsOneLongTransactionWaitsForItsEnd() throws Exception {
    try (GroupState group = GroupState.create(Groups.config(root));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      TransactionEncoder encoder = new TransactionEncoder().beginAnonymous(7);
      for (int key = 0; key < 10_000; key++) {
        Slice name = Slice.of(new byte[] {(byte) (key % KEYS)});
        encoder.put(shard(key % KEYS), name, Slice.of(new byte[31]), 0);
      }
      BatchWriter writer = new BatchWriter();
      assertTrue(writer.append(encoder.end()));
      byte[] entry = writer.seal(0);
      AtomicBoolean done = new AtomicBoolean();
      try (ExecutorService threads = Executors.newFixedThreadPool(1)) {
        Future<List<String>> found = threads.submit(() -> readLong(done, group.reader()));
        for (int i = 1; i <= 60; i++) {
          group.apply(entry, 0, entry.length, i, AnswerSink.NONE);
        }
        done.set(true);
        assertEquals(List.of(), found.get());
      }
    }
  }

  private static List<String> readLong(AtomicBoolean done, GroupReader reader) {
    MultiGet keys = keys();
    List<String> torn = new ArrayList<>();
    while (!done.get()) {
      long revision = reader.read(keys);
      for (int key = 0; key < KEYS; key++) {
        if (keys.record(key).version() != revision) {
          torn.add("at revision " + revision + ": version " + keys.record(key).version());
        }
      }
    }
    return torn;
  }

  /// Writes for a while and reads meanwhile; returns what was torn.
  private static List<String> race(GroupState group, GroupReader reader, long entriesBefore)
      throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<Future<List<String>>> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        readers.add(threads.submit(() -> readUntil(done, reader)));
      }
      Future<?> writer =
          threads.submit(() -> {
            try {
              write(group, entriesBefore);
            } finally {
              done.set(true);
            }
          });
      writer.get();
      List<String> torn = new ArrayList<>();
      for (Future<List<String>> found : readers) {
        torn.addAll(found.get());
      }
      return torn;
    }
  }

  private static void write(GroupState group, long entriesBefore) {
    TransactionEncoder encoder = new TransactionEncoder();
    BatchWriter writer = new BatchWriter();
    long revision = entriesBefore * PER_ENTRY;
    for (int entry = 1; entry <= TRANSACTIONS / PER_ENTRY; entry++) {
      byte[] bytes = entry(encoder, writer, revision + 1, PER_ENTRY);
      group.apply(bytes, 0, bytes.length, entriesBefore + entry, AnswerSink.NONE);
      revision += PER_ENTRY;
    }
  }

  /// Every tenth transaction deletes all keys instead, so that absence is read as one thing too.
  private static byte[] entry(
      TransactionEncoder encoder, BatchWriter writer, long firstRevision, int transactions) {
    for (long revision = firstRevision; revision < firstRevision + transactions; revision++) {
      encoder.beginAnonymous(7);
      for (int key = 0; key < KEYS; key++) {
        Slice name = Slice.of(new byte[] {(byte) key});
        if (revision % 10 == 0) {
          encoder.delete(shard(key), name);
        } else {
          // Lengths vary, so that records move to other slots and freed ones are used again.
          encoder.put(shard(key), name, Slice.of(new byte[(int) (revision * 31 % 200)]), 0);
        }
      }
      assertTrue(writer.append(encoder.end()));
    }
    return writer.seal(0);
  }

  private static List<String> readUntil(AtomicBoolean done, GroupReader reader) {
    MultiGet keys = keys();
    List<String> torn = new ArrayList<>();
    long last = 0;
    while (!done.get() && torn.size() < 5) {
      long revision = reader.read(keys);
      if (revision < last) {
        torn.add("revision ran back from " + last + " to " + revision);
      }
      last = revision;
      for (int key = 0; key < KEYS; key++) {
        check(keys.record(key), revision, torn);
      }
    }
    return torn;
  }

  private static void check(RecordView record, long revision, List<String> torn) {
    boolean expected = revision > 0 && revision % 10 != 0;
    boolean whole =
        record.found() == expected
            && (!expected
                || (record.version() == revision && record.valueLength() == revision * 31 % 200));
    if (!whole) {
      torn.add("at revision " + revision + ": version " + record.version());
    }
  }

  private static MultiGet keys() {
    MultiGet keys = MultiGet.whole();
    for (int key = 0; key < KEYS; key++) {
      keys.add(shard(key), new byte[] {7, 0, (byte) key}, 0, 3);
    }
    return keys;
  }

  private static int shard(int key) {
    return Groups.SHARDS.get(key % Groups.SHARDS.size());
  }
}
