package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Many keys at once find what each alone finds, and values can go straight to a caller's buffer.
final class KeyBatchTest {

  private static final int KEYS = 3_000;

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;

  private static byte[] key(int number) {
    return ByteBuffer.allocate(6).putInt(number).array();
  }

  private static byte[] value(int number) {
    byte[] value = new byte[number % 100 == 0 ? 40_000 + number : number % 90];
    Arrays.fill(value, (byte) number);
    return value;
  }

  private Table table(String name, int parity) throws IOException {
    Table table = fixture.create(directory.resolve(name));
    for (int i = parity; i < KEYS; i += 2) {
      table.put(key(i), 0, 6, value(i), 0, value(i).length, i, 0, 0);
    }
    return table;
  }

  @Test
  void findsWhatSingleLookUpsFindInTwoTables() throws IOException {
    TableReader[] tables = {table("even", 0).reader(), table("odd", 1).reader()};
    SplittableRandom random = new SplittableRandom(1);
    KeyBatch batch = new KeyBatch();
    RecordView view = RecordView.whole();
    for (int size : new int[] {1, 2, 63, 64, 65, 128, 1_000}) {
      batch.clear();
      int[] numbers = random.ints(size, 0, KEYS + 500).toArray();
      int[] asked = random.ints(size, 0, 2).toArray();
      for (int i = 0; i < size; i++) {
        batch.add(tables[asked[i]], key(numbers[i]), 0, 6);
      }
      assertEquals(size, batch.size());
      for (int i = 0; i < size; i++) {
        boolean there = numbers[i] < KEYS && numbers[i] % 2 == asked[i];
        assertEquals(there, batch.get(i, view), "key " + numbers[i]);
        assertEquals(there ? numbers[i] : 0, view.version());
        assertArrayEquals(
            there ? value(numbers[i]) : new byte[0],
            Arrays.copyOf(view.value(), view.valueLength()));
      }
    }
    assertThrows(IndexOutOfBoundsException.class, () -> batch.get(batch.size(), view));
  }

  /// All keys are in one window, so what happens between two look-ups happens after the later one's
  /// record was found.
  @Test
  void aKeyThatChangedAfterItsWindowWasLoadedIsAnsweredAsItIsNow() throws IOException {
    Table table = table("even", 0);
    KeyBatch batch = new KeyBatch();
    RecordView view = RecordView.whole();
    for (int number : new int[] {2, 4, 6, 8, 10}) {
      batch.add(table.reader(), key(number), 0, 6);
    }
    assertTrue(batch.get(0, view));
    boolean _ = table.delete(key(4), 0, 6);
    assertFalse(batch.get(1, view), "a deleted key");
    table.put(key(6), 0, 6, value(300), 0, value(300).length, KEYS, 0, 0);
    assertTrue(batch.get(2, view));
    assertEquals(KEYS, view.version());
    assertArrayEquals(value(300), Arrays.copyOf(view.value(), view.valueLength()));
    for (int i = 1; table.records() < 4L * KEYS; i += 2) { // Splits every bucket there was.
      table.put(key(KEYS + i), 0, 6, value(0), 0, 0, i, 0, 0);
    }
    boolean _ = table.delete(key(8), 0, 6);
    assertFalse(batch.get(3, view), "a key deleted from the bucket it had moved to");
    assertTrue(batch.get(4, view));
    assertEquals(10, view.version());
  }

  @Test
  void packsValuesIntoTheCallersBufferOneBehindTheOther() throws IOException {
    TableReader table = table("even", 0).reader();
    byte[] buffer = new byte[50_000];
    KeyBatch batch = new KeyBatch();
    for (int i = 2; i < 102; i += 2) {
      batch.add(table, key(i), 0, 6);
    }
    RecordView view = RecordView.whole();
    int end = 7;
    for (int i = 0; i < batch.size(); i++) {
      view.copyValueTo(buffer, end);
      assertTrue(batch.get(i, view));
      assertTrue(view.valueCopied());
      assertEquals(end, view.valueOffset());
      end += view.valueLength();
    }
    byte[] expected = new byte[end];
    ByteBuffer values = ByteBuffer.wrap(expected).position(7);
    for (int i = 2; i < 102; i += 2) {
      values.put(value(i));
    }
    assertArrayEquals(expected, Arrays.copyOf(buffer, end));
  }

  @Test
  void aValueThatDoesNotFitIsToldNotCopied() throws IOException {
    TableReader table = table("even", 0).reader();
    byte[] buffer = new byte[88 + 10];
    RecordView view = RecordView.whole();
    for (int number : new int[] {88, 100}) {
      view.copyValueTo(buffer, 11);
      assertTrue(table.get(key(number), 0, 6, view));
      assertFalse(view.valueCopied());
      assertEquals(value(number).length, view.valueLength());
      assertEquals(number, view.version());
      assertArrayEquals(new byte[buffer.length], buffer);
    }
    view.copyValueTo(buffer, 10);
    assertTrue(table.get(key(88), 0, 6, view));
    assertTrue(view.valueCopied());
    assertArrayEquals(value(88), Arrays.copyOfRange(buffer, 10, buffer.length));
    assertThrows(IndexOutOfBoundsException.class, () -> view.copyValueTo(buffer, 99));
  }
}
