package io.vxmeta.statemachine.table;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// What one table promises its writer.
final class TableTest {

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;
  private final RecordView view = RecordView.whole();

  private static byte[] key(long number) {
    return ("\1\0key-" + number).getBytes(UTF_8);
  }

  private static boolean put(Table table, byte[] key, byte[] value, long version) {
    return table.put(key, 0, key.length, value, 0, value.length, version, 0, 0);
  }

  private boolean find(Table table, byte[] key) {
    return table.find(key, 0, key.length, view);
  }

  private byte[] value() {
    return Arrays.copyOf(view.value(), view.valueLength());
  }

  @Test
  void keepsCreateVersionAcrossReplacements() throws IOException {
    Table table = fixture.create(directory);
    assertFalse(put(table, key(1), new byte[] {1}, 7));
    assertTrue(put(table, key(1), new byte[] {2, 3}, 9));
    assertTrue(find(table, key(1)));
    assertEquals(9, view.version());
    assertEquals(7, view.createVersion());
    assertArrayEquals(new byte[] {2, 3}, value());
    assertEquals(1, table.records());
  }

  @Test
  void forgetsTheCreateVersionOfADeletedRecord() throws IOException {
    Table table = fixture.create(directory);
    put(table, key(1), new byte[0], 7);
    assertTrue(table.delete(key(1), 0, key(1).length));
    assertFalse(table.delete(key(1), 0, key(1).length));
    assertFalse(find(table, key(1)));
    assertFalse(view.found());
    put(table, key(1), new byte[0], 9);
    assertTrue(find(table, key(1)));
    assertEquals(9, view.createVersion());
  }

  @Test
  void keepsExtremesOfAllNumbers() throws IOException {
    Table table = fixture.create(directory);
    long[] versions = {
      0, 1, 255, 256, (1L << 32) - 1, 1L << 32, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE
    };
    long[] expiries = {0, 1, (1L << 48) - 1, 1L << 48, Long.MAX_VALUE, -1};
    int[] flags = {0, 1, 255, 1 << 16, Integer.MAX_VALUE, -1, Integer.MIN_VALUE};
    TwinTable twin = new TwinTable();
    for (long version : versions) {
      for (long expiry : expiries) {
        for (int flag : flags) {
          byte[] key = key(twin.size() % 97);
          byte[] value = new byte[twin.size() % 3];
          twin.put(key, value, version, flag, expiry);
          table.put(key, 0, key.length, value, 0, value.length, version, flag, expiry);
        }
      }
    }
    twin.assertSameAs(table);
  }

  @Test
  void keepsValuesOfEveryLengthAroundEverySlotSize() throws IOException {
    Table table = fixture.create(directory);
    TwinTable twin = new TwinTable();
    SplittableRandom random = new SplittableRandom(1);
    for (int sizeClass = 2; sizeClass < SizeClass.COUNT; sizeClass++) {
      for (int delta = -30; delta <= 2; delta++) {
        byte[] value = new byte[Math.max(0, SizeClass.slotBytes(sizeClass) + delta)];
        random.nextBytes(value);
        byte[] key = key(sizeClass * 100L + delta);
        twin.put(key, value, 5, 0, 0);
        put(table, key, value, 5);
      }
    }
    twin.assertSameAs(table);
  }

  @Test
  void keepsTheLargestKeyAndTheLargestValue() throws IOException {
    Table table = fixture.create(directory);
    TwinTable twin = new TwinTable();
    byte[] longKey = new byte[Table.KEY_BYTES_MAX];
    byte[] longValue = new byte[Table.VALUE_BYTES_MAX];
    new SplittableRandom(2).nextBytes(longKey);
    new SplittableRandom(3).nextBytes(longValue);
    for (byte[] key : new byte[][] {longKey, key(1), new byte[] {0}}) {
      for (int length : new int[] {0, 1, Table.VALUE_BYTES_MAX - 1, Table.VALUE_BYTES_MAX}) {
        byte[] value = Arrays.copyOf(longValue, length);
        twin.put(key, value, length, 0, 0);
        put(table, key, value, length);
        twin.assertSameAs(table);
      }
    }
    assertTrue(table.delete(longKey, 0, longKey.length));
    assertThrows(
        IllegalArgumentException.class,
        () -> put(table, new byte[Table.KEY_BYTES_MAX + 1], new byte[0], 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> put(table, key(1), new byte[Table.VALUE_BYTES_MAX + 1], 1));
    assertThrows(IllegalArgumentException.class, () -> put(table, new byte[0], new byte[0], 1));
  }

  @Test
  void readsKeysAndValuesFromTheMiddleOfABuffer() throws IOException {
    Table table = fixture.create(directory);
    byte[] buffer = "xx\1\0key-1yyvaluezz".getBytes(UTF_8);
    table.put(buffer, 2, 7, buffer, 11, 5, 1, 0, 0);
    assertTrue(find(table, key(1)));
    assertArrayEquals("value".getBytes(UTF_8), value());
  }

  @Test
  void givesTheSameDigestForTheSameRecordsWhateverTheHistory() throws IOException {
    Table forward = fixture.create(directory.resolve("forward"));
    Table backward = fixture.create(directory.resolve("backward"));
    assertEquals(forward.digest(), backward.digest());
    int records = 3_000;
    for (int i = 0; i < records; i++) {
      put(forward, key(i), new byte[i % 700], i);
    }
    for (int i = records - 1; i >= 0; i--) {
      put(backward, key(i), new byte[i % 900 + 1], i);
      put(backward, key(i + records), new byte[10], i);
      if (i % 2 == 0) {
        backward.delete(key(i), 0, key(i).length);
      }
    }
    assertNotEquals(forward.digest(), backward.digest());
    for (int i = 0; i < records; i++) {
      backward.delete(key(i + records), 0, key(i + records).length);
      put(backward, key(i), new byte[i % 700], i);
    }
    assertEquals(forward.digest(), backward.digest());
    assertEquals(forward.liveBytes(), backward.liveBytes());
    for (int i = 0; i < records; i++) {
      forward.delete(key(i), 0, key(i).length);
    }
    assertEquals(0, forward.digest());
    assertEquals(0, forward.liveBytes());
    assertEquals(0, forward.records());
  }

  @Test
  void digestSeesEveryField() throws IOException {
    Table table = fixture.create(directory);
    long[] digests = new long[6];
    byte[] key = key(1);
    table.put(key, 0, key.length, new byte[] {1}, 0, 1, 1, 0, 0);
    digests[0] = table.digest();
    table.put(key, 0, key.length, new byte[] {2}, 0, 1, 1, 0, 0);
    digests[1] = table.digest();
    table.put(key, 0, key.length, new byte[] {1}, 0, 1, 2, 0, 0);
    digests[2] = table.digest();
    table.put(key, 0, key.length, new byte[] {1}, 0, 1, 1, 1, 0);
    digests[3] = table.digest();
    table.put(key, 0, key.length, new byte[] {1}, 0, 1, 1, 0, 1);
    digests[4] = table.digest();
    table.delete(key, 0, key.length);
    table.put(key, 0, key.length, new byte[] {1}, 0, 1, 2, 0, 0);
    digests[5] = table.digest();
    assertEquals(digests.length, Arrays.stream(digests).distinct().count());
  }

  @Test
  void refusesAPutThatPassesTheLimitAndChangesNothing() throws IOException {
    TableConfig config = TableFixture.SMALL.withLiveBytesMax(1 << 20);
    Table table = fixture.create(directory, config);
    TwinTable twin = new TwinTable();
    byte[] value = new byte[1000];
    long number = 0;
    while (table.hasRoomFor(Table.footprintMax(key(number).length, value.length))) {
      twin.put(key(number), value, number, 0, 0);
      put(table, key(number), value, number);
      number++;
    }
    long digest = table.digest();
    long liveBytes = table.liveBytes();
    TableFull full = assertThrows(TableFull.class, () -> put(table, key(-1), new byte[5000], 1));
    assertTrue(full.toString().contains("live_bytes_max=1048576"), full.toString());
    assertThrows(TableFull.class, () -> put(table, key(0), new byte[100_000], 1));
    assertEquals(digest, table.digest());
    assertEquals(liveBytes, table.liveBytes());
    twin.assertSameAs(table);
    assertTrue(put(table, key(0), new byte[10], 1), "a smaller record always fits");
    assertTrue(table.delete(key(1), 0, key(1).length));
    put(table, key(-1), new byte[500], 1);
  }

  @Test
  void stopsWhenAddressSpaceEndsAndChangesNothing() throws IOException {
    TableConfig config = new TableConfig(64 << 10, 1 << 20, 1 << 20, 1 << 20);
    Table table = fixture.create(directory, config);
    TwinTable twin = new TwinTable();
    long number = 0;
    int refused = 0;
    SplittableRandom random = new SplittableRandom(4);
    while (refused < 20) {
      byte[] value = new byte[random.nextInt(40_000)];
      long digest = table.digest();
      try {
        put(table, key(number), value, number);
        twin.put(key(number), value, number, 0, 0);
        number++;
      } catch (io.vxmeta.statemachine.os.LiveMemoryExhausted e) {
        assertTrue(e.toString().contains("address space"), e.toString());
        assertEquals(digest, table.digest());
        refused++;
      }
    }
    twin.assertSameAs(table);
  }

  @Test
  void footprintMaxCoversEveryRecord() {
    SplittableRandom random = new SplittableRandom(5);
    RecordDraft draft = new RecordDraft();
    for (int i = 0; i < 200_000; i++) {
      int keyLength = 1 + random.nextInt(i % 2 == 0 ? 60 : Table.KEY_BYTES_MAX);
      int valueLength = random.nextInt(1 + (Table.VALUE_BYTES_MAX >>> random.nextInt(20)));
      draft.key(new byte[0], 0, keyLength);
      draft.value(new byte[0], 0, valueLength);
      draft.numbers(
          random.nextLong() >>> random.nextInt(64),
          random.nextLong() >>> random.nextInt(64),
          random.nextInt() >>> random.nextInt(32),
          random.nextLong() >>> random.nextInt(64));
      assertTrue(
          draft.footprint() <= Table.footprintMax(keyLength, valueLength),
          "key " + keyLength + " value " + valueLength);
    }
  }

  @Test
  void costsLittleWhenNearlyEmpty() throws IOException {
    Table table = fixture.create(directory, TableConfig.defaults());
    for (int i = 0; i < 3; i++) {
      put(table, key(i), new byte[64], 1);
    }
    assertTrue(table.mappedBytes() <= 256 << 10, "mapped " + table.mappedBytes());
  }

  @Test
  void reusesTheMemoryOfDeletedRecordsForOtherSizes() throws IOException {
    Table table = fixture.create(directory);
    for (int i = 0; i < 20_000; i++) {
      put(table, key(i), new byte[100], 1);
    }
    long mapped = table.mappedBytes();
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < 20_000; i++) {
        table.delete(key(i), 0, key(i).length);
      }
      int length = 300 * (round + 1);
      for (int i = 0; i < 2_400_000 / length; i++) {
        put(table, key(i), new byte[length], 1);
      }
    }
    assertTrue(table.mappedBytes() <= mapped + (2 << 20), "mapped " + table.mappedBytes());
  }

  @Test
  void needsAtMostAThirdMoreThanThePayload() throws IOException {
    Table table = fixture.create(directory, TableConfig.defaults());
    int records = 300_000;
    byte[] key = new byte[34];
    byte[] value = new byte[64];
    for (int i = 0; i < records; i++) {
      new SplittableRandom(i).nextBytes(key);
      put(table, key, value, 1_000_000_000L + i);
    }
    double perRecord = (double) table.mappedBytes() / records;
    assertTrue(perRecord <= 1.35 * (32 + 64), "bytes per record " + perRecord);
  }
}
