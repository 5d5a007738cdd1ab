package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// The hot path makes no garbage.
final class TableAllocationTest {

  private static final int KEYS = 5_000;
  private static final int ROUNDS_MAX = 60;

  /// What the measurement itself and growing counts of slabs may take of a round of 25,000 calls: a
  /// single object of 16 bytes in each hundredth call would be more.
  private static final long BYTES_PER_ROUND_MAX = 4_000;

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;
  private final byte[] key = new byte[34];
  private final byte[] value = new byte[3_000];
  private final RecordView view = RecordView.whole();
  private final KeyBatch batch = new KeyBatch();
  private final byte[][] batchKeys = new byte[64][key.length];
  private final RecordView packed = RecordView.whole();
  private final byte[] buffer = new byte[64 * value.length];

  private void number(int number) {
    key[2] = (byte) number;
    key[3] = (byte) (number >>> 8);
  }

  @Test
  void getMultiGetPutAndDeleteAllocateNothing() throws IOException {
    Table table = fixture.create(directory);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assertTrue(threads.isThreadAllocatedMemoryEnabled());
    long perRound = Long.MAX_VALUE;
    // The compiler needs some rounds until it leaves out what does not escape.
    for (int round = 0; round < ROUNDS_MAX && perRound > BYTES_PER_ROUND_MAX; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      oneRound(table, round);
      perRound = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertTrue(perRound <= BYTES_PER_ROUND_MAX, "bytes allocated in a round of calls: " + perRound);
  }

  private void oneRound(Table table, int round) {
    oneByOne(table, round);
    together(table);
  }

  private void together(Table table) {
    for (int first = 0; first + batchKeys.length <= KEYS; first += batchKeys.length) {
      batch.clear();
      for (int i = 0; i < batchKeys.length; i++) {
        number(first + i);
        System.arraycopy(key, 0, batchKeys[i], 0, key.length);
        batch.add(table.reader(), batchKeys[i], 0, key.length);
      }
      int end = 0;
      for (int i = 0; i < batchKeys.length; i++) {
        packed.copyValueTo(buffer, end);
        boolean found = batch.get(i, packed);
        if (found != ((first + i) % 3 != 0) || packed.valueCopied() != found) {
          throw new AssertionError("a record too few or too many");
        }
        end += packed.valueLength();
      }
    }
  }

  private void oneByOne(Table table, int round) {
    for (int i = 0; i < KEYS; i++) {
      number(i);
      int length = (i * 31 + round * 7) % value.length;
      table.put(key, 0, key.length, value, 0, length, round, 0, 0);
      if (!table.reader().get(key, 0, key.length, view)
          || !table.reader().unchanged(key, 0, key.length, view)) {
        throw new AssertionError("lost a record");
      }
      if (i % 3 == 0) {
        table.delete(key, 0, key.length);
      }
    }
  }
}
