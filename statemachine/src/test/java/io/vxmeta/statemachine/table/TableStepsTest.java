package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.Seeded;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A walk in small steps counts right whatever is written between them, and sees what is damaged.
final class TableStepsTest {

  private static final int KEYS = 20_000;

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;

  private static void write(Table table, Random random, long version) {
    byte[] key = ByteBuffer.allocate(4).putInt(random.nextInt(KEYS)).array();
    if (random.nextInt(3) == 0) {
      table.delete(key, 0, key.length);
    } else {
      byte[] value = new byte[random.nextInt(random.nextInt(100) == 0 ? 50_000 : 200)];
      random.nextBytes(value);
      table.put(key, 0, key.length, value, 0, value.length, version, 0, 0);
    }
  }

  private static int walk(TableSteps walk, Runnable between) {
    int steps = 0;
    while (walk.step()) {
      steps++;
      between.run();
    }
    return steps;
  }

  @Test
  void countsRightWhileTheTableGrowsAndShrinksBetweenSteps() {
    Seeded.runs(
        1,
        5,
        random -> {
          Table table = fixture.create(directory.resolve("seed-" + random.nextInt()));
          for (int i = 0; i < 3_000; i++) {
            write(table, random, i);
          }
          try (TableSteps walk = table.verifyInSteps()) {
            int steps =
                walk(
                    walk,
                    () -> {
                      for (int i = 0; i < 300; i++) {
                        write(table, random, i);
                      }
                    });
            assertTrue(walk.verdict().sound(), () -> "" + walk.verdict().problems());
            assertTrue(steps > 3, "steps " + steps);
          }
        });
  }

  @Test
  void agreesWithTheWholeWalkAndAllowsOneAtATime() throws IOException {
    Table table = filled();
    TableSteps walk = table.verifyInSteps();
    assertThrows(IllegalStateException.class, table::verifyInSteps);
    walk(walk, () -> {});
    assertEquals(table.verify(), walk.verdict());
    assertFalse(walk.step(), "nothing left");
    walk.close();
    table.verifyInSteps().close();
  }

  private Table filled() throws IOException {
    Table table = fixture.create(directory);
    Random random = new Random(2);
    for (int i = 0; i < 2 * KEYS; i++) {
      write(table, random, i);
    }
    return table;
  }

  /// Flips a bit of a live file, which the table has mapped, and back.
  private void assertSeen(Table table, String file, long at, int bit) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            directory.resolve(file), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment memory =
          MemorySegment.ofBuffer(channel.map(FileChannel.MapMode.READ_WRITE, at, Long.BYTES));
      long before = Bytes.longAt(memory, 0);
      Bytes.putLong(memory, 0, before ^ 1L << bit);
      try (TableSteps walk = table.verifyInSteps()) {
        walk(walk, () -> {});
        assertFalse(walk.verdict().sound(), file + " at " + at + " bit " + bit);
      } finally {
        Bytes.putLong(memory, 0, before);
      }
    }
  }

  /// The address of a bucket whose first slot names a record: what an empty slot says does not
  /// matter.
  private static long usedBucket(Table table, Random random) {
    while (true) {
      byte[] key = ByteBuffer.allocate(4).putInt(random.nextInt(KEYS)).array();
      RecordView view = RecordView.whole();
      if (table.reader().get(key, 0, key.length, view)) {
        return BucketIndex.address(view.bucket());
      }
    }
  }

  @Test
  void seesFlippedBitsOfBucketsSlabsAndRecords() throws IOException {
    Table table = filled();
    Random random = new Random(3);
    for (int i = 0; i < 40; i++) {
      long bucket = usedBucket(table, random);
      assertSeen(table, "shard-012.live-index", bucket + 8, random.nextInt(32)); // An offset.
      assertSeen(table, "shard-012.live-index", bucket + 44, random.nextInt(16)); // A fingerprint.
      assertSeen(table, "shard-012.live-index", bucket + 56, 48 + random.nextInt(16)); // The tag.
      long slab = (long) random.nextInt(100) << Heap.SLAB_SHIFT;
      assertSeen(table, "shard-012.live-heap", slab, random.nextInt(64));
      assertSeen(table, "shard-012.live-heap", slab + 8, random.nextInt(64));
      assertSeen(table, "shard-012.live-heap", slab + 16, 0); // The first slot's bit.
    }
  }
}
