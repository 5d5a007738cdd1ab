package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The naive twin of a table: a sorted map of records.
final class TwinTable {

  /// A record as the twin keeps it.
  @SuppressWarnings("ArrayRecordComponent") // Compared by hand, never as a whole.
  record Entry(byte[] value, long version, long createVersion, int flags, long expiresAtMs) {}

  private final TreeMap<byte[], Entry> entries = new TreeMap<>(Arrays::compare);

  TwinTable() {}

  TwinTable copy() {
    TwinTable copy = new TwinTable();
    copy.entries.putAll(entries);
    return copy;
  }

  boolean put(byte[] key, byte[] value, long version, int flags, long expiresAtMs) {
    Entry old = entries.get(key);
    long created = old == null ? version : old.createVersion();
    entries.put(key, new Entry(value, version, created, flags, expiresAtMs));
    return old != null;
  }

  boolean delete(byte[] key) {
    return entries.remove(key) != null;
  }

  @Nullable Entry entry(byte[] key) {
    return entries.get(key);
  }

  Map<byte[], Entry> entries() {
    return entries;
  }

  int size() {
    return entries.size();
  }

  /// Fails unless `table` is sound and holds exactly these records, by look-up and by scan.
  void assertSameAs(Table table) {
    Verdict verdict = table.verify();
    assertTrue(verdict.sound(), () -> "verify: " + verdict.problems());
    assertEquals(entries.size(), table.records());
    RecordView view = RecordView.whole();
    for (Map.Entry<byte[], Entry> entry : entries.entrySet()) {
      byte[] key = entry.getKey();
      assertTrue(table.reader().get(key, 0, key.length, view), "a record is missing");
      assertEqualTo(entry.getValue(), view);
    }
    Set<ByteBuffer> seen = new HashSet<>();
    long cursor = 0;
    while (cursor != Table.SCAN_END) {
      cursor =
          table
              .reader()
              .scan(
                  cursor,
                  10,
                  (buffer, length, record) -> {
                    byte[] key = Arrays.copyOf(buffer, length);
                    Entry entry = entries.get(key);
                    assertTrue(entry != null, "the scan has a record too many");
                    assertEqualTo(entry, record);
                    assertTrue(seen.add(ByteBuffer.wrap(key)), "the scan has a record twice");
                  });
    }
    assertEquals(entries.size(), seen.size(), "the scan misses records");
  }

  static void assertEqualTo(Entry entry, RecordView view) {
    assertTrue(view.found());
    assertArrayEquals(entry.value(), Arrays.copyOf(view.value(), view.valueLength()));
    assertEquals(entry.version(), view.version());
    assertEquals(entry.createVersion(), view.createVersion());
    assertEquals(entry.flags(), view.flags());
    assertEquals(entry.expiresAtMs(), view.expiresAtMs());
  }
}
