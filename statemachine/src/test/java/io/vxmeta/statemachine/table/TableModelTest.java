package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.statemachine.os.LiveMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// A table and its naive twin go through the same random history, with crashes at any point of it,
/// and never differ.
///
/// `-Dvx.table.seed=N` replays a failure, `-Dvx.long=true` is the long history of ten million
/// operations, `-Dvx.table.operations=N` one of another length.
@ParameterizedClass
@EnumSource(MemoryKind.class)
@Timeout(value = 1, unit = TimeUnit.HOURS)
final class TableModelTest {

  private static final int OPERATIONS =
      Integer.getInteger(
          "vx.table.operations", Boolean.getBoolean("vx.long") ? 10_000_000 : 400_000);
  private static final int CHECKS = 5;

  /// About as many, at any step.
  private static final int CUTS = 16;

  private static final int DEATHS = 8;

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;
  private final RecordView view = RecordView.whole();
  private int step;
  private final MemoryKind kind;

  TableModelTest(MemoryKind kind) {
    this.kind = kind;
  }

  @Test
  void tableAndTwinNeverDiffer() throws IOException {
    long seed = Long.getLong("vx.table.seed", System.nanoTime());
    try {
      run(new SplittableRandom(seed));
    } catch (Throwable e) {
      throw new AssertionError(
          "replay with -Dvx.table.seed=" + seed + " -Dvx.table.operations=" + OPERATIONS, e);
    }
  }

  private void run(SplittableRandom random) throws IOException {
    LiveMemory memory = kind.memory(directory);
    MortalTable mortal = new MortalTable(fixture, memory, directory, random);
    Runnable operation = () -> operate(mortal.table(), mortal.twin(), random);
    int nextCheck = OPERATIONS / CHECKS;
    while (step < OPERATIONS) {
      operation.run();
      if (random.nextInt(OPERATIONS / CUTS) == 0) {
        mortal.cut(operation);
      }
      if (random.nextInt(OPERATIONS / DEATHS) == 0) {
        mortal.die();
      }
      if (random.nextInt(OPERATIONS / DEATHS) == 0) {
        mortal.dieWhileCopying(operation);
      }
      if (step >= nextCheck) {
        mortal.twin().assertSameAs(mortal.table());
        nextCheck += OPERATIONS / CHECKS;
      }
    }
    mortal.twin().assertSameAs(mortal.table());
    kind.assertSpilledAsItShould(memory);
  }

  private void operate(Table table, TwinTable twin, SplittableRandom random) {
    step++;
    byte[] key = key(random);
    int dice = random.nextInt(100);
    // The share of deletes swings, so that the table grows, shrinks and grows again.
    int deletes = step / (OPERATIONS / 6 + 1) % 2 == 0 ? 10 : 45;
    if (dice < deletes) {
      assertEquals(twin.delete(key), table.delete(key, 0, key.length));
    } else if (dice < 85) {
      byte[] value = value(random);
      int flags = random.nextInt(4) == 0 ? random.nextInt() : 0;
      long expiry = random.nextInt(4) == 0 ? random.nextLong() >>> random.nextInt(60) : 0;
      assertEquals(
          twin.put(key, value, step, flags, expiry),
          table.put(key, 0, key.length, value, 0, value.length, step, flags, expiry));
    } else {
      TwinTable.Entry entry = twin.entry(key);
      assertEquals(entry != null, table.reader().get(key, 0, key.length, view));
      if (entry != null) {
        TwinTable.assertEqualTo(entry, view);
      }
    }
  }

  private static byte[] key(SplittableRandom random) {
    int number = random.nextInt(40_000);
    int length = number % 50 == 0 ? 300 + number % 3_000 : 3 + number % 40;
    byte[] key = new byte[length];
    new SplittableRandom(number).nextBytes(key);
    return key;
  }

  private static byte[] value(SplittableRandom random) {
    int dice = random.nextInt(1_000);
    int lengthMax = dice < 900 ? 120 : dice < 990 ? 3_000 : dice < 999 ? 40_000 : 300_000;
    byte[] value = new byte[random.nextInt(lengthMax)];
    random.nextBytes(value);
    return value;
  }
}
