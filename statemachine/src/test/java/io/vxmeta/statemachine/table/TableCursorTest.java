package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A cursor is a place among hashes: it means the same in a table of any size.
final class TableCursorTest {

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;

  private static void put(Table table, int number) {
    byte[] key = ByteBuffer.allocate(4).putInt(number).array();
    byte[] value = new byte[number % 100];
    table.put(key, 0, key.length, value, 0, value.length, number, 0, 0);
  }

  private static long scan(Table table, long cursor, int recordsMin, Set<Integer> into) {
    return table
        .reader()
        .scan(
            cursor,
            recordsMin,
            (key, length, record) -> {
              int number = ByteBuffer.wrap(key, 0, length).getInt();
              assertEquals(number, record.version());
              assertTrue(into.add(number), "twice: " + number);
            });
  }

  @Test
  void cursorOfALargeTableGoesOnInASmallOne() throws IOException {
    Table large = fixture.create(directory.resolve("large"));
    Table small = fixture.create(directory.resolve("small"));
    int staying = 500;
    for (int number = 0; number < staying; number++) {
      put(large, number);
      put(small, number);
    }
    for (int number = staying; number < 20_000; number++) {
      put(large, number);
    }
    // Each page comes from the other table, as if a new replica answered each time.
    for (int pageSize : new int[] {1, 3, 50}) {
      Set<Integer> seen = new HashSet<>();
      long cursor = 0;
      for (int page = 0; cursor != Table.SCAN_END; page++) {
        cursor = scan(page % 2 == 0 ? large : small, cursor, pageSize, seen);
      }
      for (int number = 0; number < staying; number++) {
        assertTrue(seen.contains(number), "missed: " + number);
      }
    }
  }

  @Test
  void scanWithoutValuesStillTellsTheirLength() throws IOException {
    Table table = fixture.create(directory);
    for (int number = 0; number < 1_000; number++) {
      put(table, number);
    }
    Set<Integer> seen = new HashSet<>();
    long end =
        table
            .reader()
            .scan(
                0,
                Integer.MAX_VALUE,
                RecordView.Content.WITHOUT_VALUE,
                (key, length, record) -> {
                  int number = ByteBuffer.wrap(key, 0, length).getInt();
                  assertEquals(number % 100, record.valueLength());
                  assertEquals(0, record.value().length);
                  seen.add(number);
                });
    assertEquals(Table.SCAN_END, end);
    assertEquals(1_000, seen.size());
  }

  @Test
  void anEmptyTableEndsAtOnce() throws IOException {
    Table table = fixture.create(directory);
    assertEquals(Table.SCAN_END, scan(table, 0, 1, new HashSet<>()));
    assertThrows(
        IllegalArgumentException.class, () -> scan(table, Table.SCAN_END, 1, new HashSet<>()));
    assertThrows(
        IllegalArgumentException.class, () -> scan(table, KeyHash.PLACES, 1, new HashSet<>()));
  }
}
