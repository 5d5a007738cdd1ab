package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vxmeta.statemachine.Seeded;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A process that dies at any point leaves live files behind, and the next one makes the table of
/// the last cut, whatever they say.
///
/// `-Dvx.crash.seeds=N` lets more processes die.
final class TableCrashSimTest {
  /* A crash leaves the live files as they were, or, as after a power cut, with any of their pages missing; now and then they are
   * another table's. They are laid where the next table will be. The last cut is what the next process has; no cut yet: it
   * begins empty. The log's replay is simulated by the same writes. */

  private static final int SEEDS = Integer.getInteger("vx.crash.seeds", 8);
  private static final int KEYS = 600;
  private static final int PAGE_BYTES = 4096;
  private static final List<String> LIVE = List.of("shard-012.live-index", "shard-012.live-heap");

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;

  private static void write(Table table, TwinTable twin, Random random, long version) {
    byte[] key = ByteBuffer.allocate(5).putInt(random.nextInt(KEYS)).array();
    if (random.nextInt(4) == 0) {
      assertEquals(twin.delete(key), table.delete(key, 0, key.length));
    } else {
      byte[] value = new byte[random.nextInt(random.nextInt(40) == 0 ? 30_000 : 200)];
      random.nextBytes(value);
      twin.put(key, value, version, 0, 0);
      table.put(key, 0, key.length, value, 0, value.length, version, 0, 0);
    }
  }

  private static List<SegmentImage> copy(Table table, Path to) throws IOException {
    Files.createDirectories(to);
    List<SegmentImage> images = new ArrayList<>();
    try (TableCut cut = table.cut()) {
      for (int i = 0; i < cut.segmentCount(); i++) {
        Path file = to.resolve(cut.name(i).fileName());
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          int _ = cut.copyTo(i, channel);
        }
        images.add(new SegmentImage(cut.name(i), file));
      }
    }
    return images;
  }

  /// Lays the live files of `from` at `to`, as a crash may have left them.
  private static void leaveBehind(Path from, Path to, Random random) throws IOException {
    Files.createDirectories(to);
    for (String name : LIVE) {
      try (FileChannel in = FileChannel.open(from.resolve(name), StandardOpenOption.READ)) {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 20);
        while (bytes.hasRemaining() && in.read(bytes) >= 0) {}
        for (int lost = random.nextInt(20); lost > 0; lost--) {
          int page = random.nextInt(bytes.capacity() / PAGE_BYTES) * PAGE_BYTES;
          bytes.put(page, new byte[PAGE_BYTES]);
        }
        Files.write(to.resolve(name), bytes.array());
      }
    }
  }

  private Table reopened(Path place, List<SegmentImage> images) throws IOException {
    return fixture.keep(
        images.isEmpty()
            ? Table.create(place, TableFixture.SHARD, TableFixture.SMALL, TableFixture.MEMORY)
            : Table.restore(
                place, TableFixture.SHARD, images, TableFixture.SMALL, TableFixture.MEMORY));
  }

  @Test
  void theLastCutIsWhatComesBackWhateverWasLeftBehind() {
    Seeded.runs(1, SEEDS, this::lifeOfAReplica);
  }

  private void lifeOfAReplica(Random random) throws IOException {
    Path home = directory.resolve("seed-" + random.nextInt());
    Path place = home.resolve("life-0");
    Table table = fixture.create(place);
    TwinTable twin = new TwinTable();
    TwinTable atCut = twin.copy();
    List<SegmentImage> images = List.of();
    long version = 0;
    for (int life = 1; life <= 4; life++) {
      int writes = random.nextInt(1_500);
      int cutAt = random.nextInt(3_000);
      for (int i = 0; i < writes; i++) {
        if (i == cutAt) {
          images = copy(table, home.resolve("cut-" + life));
          atCut = twin.copy();
        }
        write(table, twin, random, ++version);
      }
      Path next = home.resolve("life-" + life);
      leaveBehind(place, next, random);
      table = reopened(next, images);
      atCut.assertSameAs(table);
      twin = atCut.copy();
      place = next;
    }
    assertFalse(Files.exists(home.resolve("life-4").resolve("shard-012.live-aside")));
  }
}
