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

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;
  private final byte[] key = new byte[34];
  private final byte[] value = new byte[3_000];
  private final RecordView view = RecordView.whole();

  private void number(int number) {
    key[2] = (byte) number;
    key[3] = (byte) (number >>> 8);
  }

  @Test
  void getPutAndDeleteAllocateNothing() throws IOException {
    Table table = fixture.create(directory);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assertTrue(threads.isThreadAllocatedMemoryEnabled());
    long perRound = Long.MAX_VALUE;
    // The compiler needs some rounds until it leaves out what does not escape.
    for (int round = 0; round < ROUNDS_MAX && perRound >= KEYS; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      oneRound(table, round);
      perRound = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertTrue(
        perRound < KEYS, "bytes allocated in a round of " + 4 * KEYS + " calls: " + perRound);
  }

  private void oneRound(Table table, int round) {
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
