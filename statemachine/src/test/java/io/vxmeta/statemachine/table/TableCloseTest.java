package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.os.LiveMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// A table that is closed under its readers says so to each of them: no read dies, and none answers
/// that a record is not there.
@ParameterizedClass
@EnumSource(MemoryKind.class)
final class TableCloseTest {

  /// Tables closed one after the other; without [BucketIndex#close] a reader misses a record in one
  /// of the first (tried).
  private static final int TABLES = 60;

  /// Enough that buckets overflow; each hundredth value is cut in pieces.
  private static final int KEYS = 2_000;

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;
  private final MemoryKind kind;

  TableCloseTest(MemoryKind kind) {
    this.kind = kind;
  }

  private static byte[] key(int number) {
    return ("key-" + number).getBytes(StandardCharsets.UTF_8);
  }

  private Table filled(int life, LiveMemory memory) throws IOException {
    Table table = fixture.create(directory.resolve("live-" + life), memory);
    byte[] value = new byte[9_000];
    for (int number = 0; number < KEYS; number++) {
      byte[] key = key(number);
      int length = number % 100 == 0 ? value.length : number % 70;
      table.put(key, 0, key.length, value, 0, length, number + 1L, 0, 0);
    }
    return table;
  }

  /// Reads all keys again and again until the table is closed.
  private static String getUntilClosed(TableReader reader, CountDownLatch reading) {
    RecordView view = RecordView.whole();
    try {
      while (true) {
        for (int number = 0; number < KEYS; number++) {
          byte[] key = key(number);
          assertTrue(reader.get(key, 0, key.length, view), "a record is missed");
          assertEquals(number + 1, view.version());
        }
        reading.countDown();
      }
    } catch (IllegalStateException closed) {
      return String.valueOf(closed.getMessage());
    }
  }

  /// The same by multi-gets, and asks whether the record is still what it was.
  private static String multiGetUntilClosed(TableReader reader, CountDownLatch reading) {
    RecordView view = RecordView.whole();
    KeyBatch batch = new KeyBatch();
    try {
      while (true) {
        batch.clear();
        for (int number = 0; number < KEYS; number++) {
          byte[] key = key(number);
          batch.add(reader, key, 0, key.length);
        }
        for (int number = 0; number < KEYS; number++) {
          assertTrue(batch.get(number, view), "a record is missed");
          assertEquals(number + 1, view.version());
          byte[] key = key(number);
          if (!reader.unchanged(key, 0, key.length, view)) {
            boolean _ = reader.get(key, 0, key.length, view);
            throw new AssertionError("nobody writes, so the table is closed");
          }
        }
        reading.countDown();
      }
    } catch (IllegalStateException closed) {
      return String.valueOf(closed.getMessage());
    }
  }

  private static String scanUntilClosed(TableReader reader, CountDownLatch reading) {
    try {
      while (true) {
        int[] met = {0};
        long cursor = 0;
        while (cursor != Table.SCAN_END) {
          cursor = reader.scan(cursor, 10, RecordView.Content.WHOLE, (_, _, _) -> met[0]++);
        }
        assertEquals(KEYS, met[0]);
        reading.countDown();
      }
    } catch (IllegalStateException closed) {
      return String.valueOf(closed.getMessage());
    }
  }

  @Test
  void readersOfATableThatIsClosedAreToldSo() throws Exception {
    LiveMemory memory = kind.memory(directory);
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (int life = 0; life < TABLES; life++) {
        Table table = filled(life, memory);
        TableReader reader = table.reader();
        CountDownLatch reading = new CountDownLatch(3);
        List<Function<CountDownLatch, String>> tasks =
            List.of(
                latch -> getUntilClosed(reader, latch),
                latch -> multiGetUntilClosed(reader, latch),
                latch -> scanUntilClosed(reader, latch));
        List<Future<String>> ends = new ArrayList<>();
        for (Function<CountDownLatch, String> task : tasks) {
          ends.add(threads.submit(() -> task.apply(reading)));
        }
        reading.await();
        fixture.end(table);
        for (Future<String> end : ends) {
          assertTrue(end.get().contains("losed"), end.get());
        }
      }
    }
    assertEquals(0, memory.counters().preparedBytes());
  }

  @Test
  void writerOfAClosedTableIsToldSo() throws Exception {
    Table table = filled(0, kind.memory(directory));
    fixture.end(table);
    byte[] key = key(1);
    assertThrows(
        IllegalStateException.class,
        () -> table.put(key, 0, key.length, key, 0, key.length, 2, 0, 0));
    assertThrows(IllegalStateException.class, () -> table.delete(key, 0, key.length));
    assertThrows(
        IllegalStateException.class, () -> table.find(key, 0, key.length, RecordView.whole()));
  }
}
