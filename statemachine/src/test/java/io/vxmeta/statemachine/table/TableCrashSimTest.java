package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vxmeta.statemachine.Seeded;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A process that dies at any point leaves live files and half-written cuts behind, and the next
/// one makes the table of the last whole cut, whatever they say.
///
/// `-Dvx.crash.seeds=N` lets more processes die, `-Dvx.long=true` hundreds.
@Timeout(value = 30, unit = TimeUnit.MINUTES)
final class TableCrashSimTest {

  private static final int SEEDS =
      Integer.getInteger("vx.crash.seeds", Boolean.getBoolean("vx.long") ? 200 : 8);
  private static final int LIVES = 4;
  private static final int KEYS = 600;

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;
  private long version;

  private void write(MortalTable mortal, Random random) {
    byte[] key = ByteBuffer.allocate(5).putInt(random.nextInt(KEYS)).array();
    if (random.nextInt(4) == 0) {
      assertEquals(mortal.twin().delete(key), mortal.table().delete(key, 0, key.length));
    } else {
      byte[] value = new byte[random.nextInt(random.nextInt(40) == 0 ? 30_000 : 200)];
      random.nextBytes(value);
      version++;
      assertEquals(
          mortal.twin().put(key, value, version, 0, 0),
          mortal.table().put(key, 0, key.length, value, 0, value.length, version, 0, 0));
    }
  }

  @Test
  void theLastWholeCutIsWhatComesBackWhateverWasLeftBehind() {
    Seeded.runs(1, SEEDS, this::livesOfAReplica);
  }

  private void livesOfAReplica(Random random) throws IOException {
    Path home = directory.resolve("seed-" + random.nextInt());
    MortalTable mortal = new MortalTable(fixture, TableFixture.MEMORY, home, random);
    for (int life = 0; life < LIVES; life++) {
      int writes = random.nextInt(1_500);
      int cutAt = random.nextInt(3_000);
      for (int i = 0; i < writes; i++) {
        if (i == cutAt) {
          mortal.cut(() -> write(mortal, random));
        }
        write(mortal, random);
      }
      if (random.nextInt(3) == 0) {
        mortal.dieWhileCopying(() -> write(mortal, random));
      } else {
        mortal.die();
      }
    }
    assertFalse(Files.exists(mortal.place().resolve("shard-012.live-aside")));
  }
}
