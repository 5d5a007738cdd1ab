package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.os.LiveMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Readers beside a writer in a hurry: what they see is always one whole record, and never an old
/// one after a newer one.
///
/// Values say themselves what they must be: key number and version fix every byte and the length.
@ParameterizedClass
@EnumSource(MemoryKind.class)
final class TableRaceTest {

  /// Enough for thousands of torn reads if the sequence check is taken out (tried: it fails within
  /// the first 1,000).
  private static final int WRITES = 100_000;

  private static final int KEYS = 64;

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;
  private final MemoryKind kind;

  TableRaceTest(MemoryKind kind) {
    this.kind = kind;
  }

  private Table table(LiveMemory memory) throws IOException {
    return fixture.create(directory.resolve("live"), memory);
  }

  private static byte[] key(int number) {
    byte[] key = new byte[3 + number % 20];
    key[0] = (byte) number;
    key[1] = (byte) (number >>> 8);
    key[2] = (byte) (number >>> 16);
    return key;
  }

  /// Lengths of all kinds: in place, other slots of the same slab, cut in pieces.
  private static int length(int number, long version) {
    long mixed = ((number * 31L + version) * 0x9E37_79B9_7F4A_7C15L) >>> 33;
    return (int) (version % 64 == 0 ? mixed % 60_000 : mixed % (number % 2 == 0 ? 40 : 900));
  }

  private static void fill(byte[] value, int number, long version) {
    Arrays.fill(value, 0, length(number, version), (byte) (number * 7L + version * 13));
  }

  /// Every second key has records of the usual shape, without flags and expiry.
  private static int flags(int number, long version) {
    return number % 2 == 0 ? 0 : (int) version;
  }

  private static long expiry(int number, long version) {
    return number % 2 == 0 ? 0 : version ^ number;
  }

  private static void assertWhole(int number, RecordView view) {
    long version = view.version();
    assertEquals(length(number, version), view.valueLength(), "torn length");
    assertEquals(expiry(number, version), view.expiresAtMs(), "torn header");
    assertEquals(flags(number, version), view.flags(), "torn flags");
    byte expected = (byte) (number * 7L + version * 13);
    for (int i = 0; i < view.valueLength(); i++) {
      if (view.value()[i] != expected) {
        throw new AssertionError("torn value: key " + number + " version " + version + " at " + i);
      }
    }
  }

  private static void run(List<Runnable> readers, Runnable writer) throws InterruptedException {
    try (ExecutorService threads = Executors.newFixedThreadPool(readers.size() + 1)) {
      CountDownLatch ready = new CountDownLatch(readers.size());
      List<Future<?>> ends = new ArrayList<>();
      for (Runnable reader : readers) {
        ends.add(
            threads.submit(() -> {
              ready.countDown();
              reader.run();
            }));
      }
      ready.await();
      ends.add(threads.submit(writer));
      for (Future<?> end : ends) {
        try {
          end.get();
        } catch (ExecutionException e) {
          throw new AssertionError(e.getCause());
        }
      }
    }
  }

  @Test
  void readersNeverSeeATornRecordNorGoBackInTime() throws Exception {
    Table table = table(kind.memory(directory));
    TableReader reader = table.reader();
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong reads = new AtomicLong();
    Runnable reading =
        () -> {
          RecordView view = RecordView.whole();
          long[] newest = new long[KEYS];
          SplittableRandom random = new SplittableRandom();
          while (!over.get()) {
            int number = random.nextInt(KEYS);
            byte[] key = key(number);
            if (reader.get(key, 0, key.length, view)) {
              assertWhole(number, view);
              assertTrue(view.version() >= newest[number], "an old record after a newer one");
              newest[number] = view.version();
            }
            reads.incrementAndGet();
          }
        };
    Runnable readingMany =
        () -> {
          RecordView view = RecordView.whole();
          KeyBatch batch = new KeyBatch();
          long[] newest = new long[KEYS];
          int[] numbers = new int[KEYS];
          SplittableRandom random = new SplittableRandom();
          while (!over.get()) {
            batch.clear();
            for (int i = 0; i < KEYS; i++) {
              numbers[i] = random.nextInt(KEYS);
              byte[] key = key(numbers[i]);
              batch.add(reader, key, 0, key.length);
            }
            for (int i = 0; i < KEYS; i++) {
              if (batch.get(i, view)) {
                assertWhole(numbers[i], view);
                assertTrue(view.version() >= newest[numbers[i]], "an old record after a newer one");
                newest[numbers[i]] = view.version();
              }
            }
            reads.addAndGet(KEYS);
          }
        };
    Runnable writing =
        () -> {
          byte[] value = new byte[60_000];
          SplittableRandom random = new SplittableRandom();
          for (long version = 1; version <= WRITES; version++) {
            int number = random.nextInt(KEYS);
            byte[] key = key(number);
            if (random.nextInt(8) == 0) {
              table.delete(key, 0, key.length);
            } else {
              fill(value, number, version);
              int length = length(number, version);
              table.put(
                  key,
                  0,
                  key.length,
                  value,
                  0,
                  length,
                  version,
                  flags(number, version),
                  expiry(number, version));
            }
          }
          over.set(true);
        };
    run(
        List.of(ending(over, reading), ending(over, readingMany), ending(over, readingMany)),
        ending(over, writing));
    assertTrue(reads.get() > WRITES / 100, "reads " + reads);
  }

  /// Ends all others when one fails.
  private static Runnable ending(AtomicBoolean over, Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        over.set(true);
        throw e;
      }
    };
  }

  @Test
  void readersAlwaysFindKeysThatStayWhileTheIndexGrowsAndShrinks() throws Exception {
    LiveMemory memory = kind.memory(directory);
    Table table = table(memory);
    TableReader reader = table.reader();
    int staying = 2_000;
    byte[] value = new byte[60_000];
    for (int number = 0; number < staying; number++) {
      put(table, number, value);
    }
    AtomicBoolean over = new AtomicBoolean();
    Runnable reading =
        () -> {
          RecordView view = RecordView.whole();
          SplittableRandom random = new SplittableRandom();
          while (!over.get()) {
            int number = random.nextInt(staying);
            byte[] key = key(number);
            assertTrue(reader.get(key, 0, key.length, view), "a key that stays was not found");
            assertWhole(number, view);
          }
        };
    Runnable writing =
        () -> {
          for (int round = 0; round < 2; round++) {
            for (int number = staying; number < 60_000; number++) {
              put(table, number, value);
            }
            for (int number = staying; number < 60_000; number++) {
              byte[] key = key(number);
              table.delete(key, 0, key.length);
            }
          }
          over.set(true);
        };
    run(
        List.of(ending(over, reading), ending(over, reading), ending(over, reading)),
        ending(over, writing));
    kind.assertSpilledAsItShould(memory);
  }

  private static void put(Table table, int number, byte[] value) {
    byte[] key = key(number);
    long version = 1L + number % 63;
    fill(value, number, version);
    int length = length(number, version);
    table.put(
        key,
        0,
        key.length,
        value,
        0,
        length,
        version,
        flags(number, version),
        expiry(number, version));
  }

  @Test
  void scansHandOverEachStayingKeyExactlyOnceWhileTheIndexGrows() throws Exception {
    Table table = table(kind.memory(directory));
    TableReader reader = table.reader();
    int staying = 3_000;
    byte[] filler = new byte[60_000];
    for (int number = 0; number < staying; number++) {
      put(table, number, filler);
    }
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong scans = new AtomicLong();
    Runnable scanning =
        () -> {
          while (!over.get()) {
            scanOnce(reader, staying);
            scans.incrementAndGet();
          }
        };
    Runnable writing =
        () -> {
          for (int number = staying; number < 60_000; number++) {
            put(table, number, filler);
            if (number % 3 == 0 && number > staying) {
              byte[] key = key(number - 1);
              table.delete(key, 0, key.length);
            }
            put(table, number % staying, filler);
          }
          over.set(true);
        };
    run(List.of(ending(over, scanning), ending(over, scanning)), ending(over, writing));
    assertTrue(scans.get() > 0);
  }

  private static void scanOnce(TableReader reader, int staying) {
    BitSet seen = new BitSet();
    long cursor = 0;
    while (cursor != Table.SCAN_END) {
      cursor =
          reader.scan(
              cursor,
              7,
              (key, length, record) -> {
                int number = (key[0] & 0xFF) | (key[1] & 0xFF) << 8 | (key[2] & 0xFF) << 16;
                assertWhole(number, record);
                assertTrue(!seen.get(number), "a key twice: " + number);
                seen.set(number);
              });
    }
    int missing = seen.nextClearBit(0);
    assertTrue(missing >= staying, "a key that stays is missing: " + missing);
  }

  @Test
  void unchangedIsNeverTrueWhenTheRecordChangedBetween() throws Exception {
    Table table = table(kind.memory(directory));
    TableReader reader = table.reader();
    // The writer announces each version after writing it: a reader that saw version v, then learned
    // that the key is beyond v,
    // must not hear that it is unchanged.
    int hotKeys = 2;
    AtomicIntegerArray announced = new AtomicIntegerArray(hotKeys);
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong confirmed = new AtomicLong();
    Runnable reading =
        () -> {
          RecordView view = RecordView.whole();
          SplittableRandom random = new SplittableRandom();
          while (!over.get()) {
            int number = random.nextInt(hotKeys);
            byte[] key = key(number);
            long seen = reader.get(key, 0, key.length, view) ? view.version() : 0;
            int known = announced.get(number);
            if (reader.unchanged(key, 0, key.length, view)) {
              confirmed.incrementAndGet();
              assertTrue(known <= seen, "unchanged since " + seen + " but known " + known);
            }
          }
        };
    Runnable writing =
        () -> {
          SplittableRandom random = new SplittableRandom();
          for (int version = 1; version <= WRITES; version++) {
            int number = random.nextInt(hotKeys);
            byte[] key = key(number);
            table.put(key, 0, key.length, key, 0, key.length, version, 0, 0);
            announced.set(number, version);
          }
          over.set(true);
        };
    run(List.of(ending(over, reading), ending(over, reading)), ending(over, writing));
    assertTrue(confirmed.get() > 0, "never unchanged");
  }
}
