package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.os.LiveMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Cuts keep the bytes of one moment, whatever the writer does next, and make the same table again.
@ParameterizedClass
@EnumSource(MemoryKind.class)
final class TableCutTest {

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;
  private final MemoryKind kind;

  TableCutTest(MemoryKind kind) {
    this.kind = kind;
  }

  private static byte[] key(int number) {
    byte[] key = new byte[5 + number % 30];
    ByteBuffer.wrap(key).putInt(number);
    return key;
  }

  private static void write(Table table, TwinTable twin, SplittableRandom random, long version) {
    byte[] key = key(random.nextInt(5_000));
    if (random.nextInt(4) == 0) {
      table.delete(key, 0, key.length);
      twin.delete(key);
    } else {
      byte[] value = new byte[random.nextInt(random.nextInt(50) == 0 ? 40_000 : 300)];
      random.nextBytes(value);
      table.put(key, 0, key.length, value, 0, value.length, version, 0, 0);
      twin.put(key, value, version, 0, 0);
    }
  }

  private static List<SegmentImage> copy(TableCut cut, Path to) throws IOException {
    Files.createDirectories(to);
    List<SegmentImage> images = new ArrayList<>();
    for (int i = 0; i < cut.segmentCount(); i++) {
      images.add(copySegment(cut, i, to));
    }
    return images;
  }

  private static SegmentImage copySegment(TableCut cut, int i, Path to) throws IOException {
    Path file = to.resolve(cut.name(i).fileName());
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      int crc = cut.copyTo(i, channel);
      CRC32C expected = new CRC32C();
      expected.update(Files.readAllBytes(file));
      assertEquals((int) expected.getValue(), crc);
      assertEquals(cut.length(i), Files.size(file));
    }
    return new SegmentImage(SegmentName.of(cut.name(i).fileName()), file);
  }

  private Table restore(Path to, List<SegmentImage> images) throws IOException {
    return fixture.keep(
        Table.restore(to, TableFixture.SHARD, images, TableFixture.SMALL, kind.memory(directory)));
  }

  private void writerGoesOnDuringCuts(LiveMemory memory) throws Exception {
    Table table = fixture.create(directory.resolve("live"), memory);
    TwinTable twin = new TwinTable();
    SplittableRandom random = new SplittableRandom(11);
    long version = 0;
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 4_000; i++) {
        write(table, twin, random, ++version);
      }
      TwinTable then = twin.copy();
      long digest = table.digest();
      Path to = directory.resolve("cut-" + round);
      try (ExecutorService copier = Executors.newSingleThreadExecutor();
          TableCut cut = table.cut()) {
        Future<List<SegmentImage>> copied = copier.submit(() -> copy(cut, to));
        for (int i = 0; i < 4_000 || !copied.isDone(); i++) {
          write(table, twin, random, ++version);
        }
        Table restored = restore(directory.resolve("restored-" + round), copied.get());
        assertEquals(digest, restored.digest());
        then.assertSameAs(restored);
      }
      twin.assertSameAs(table);
    }
    assertEquals(0, memory.counters().asideBytes());
    assertTrue(memory.counters().asideBlocks() > 0);
  }

  @Test
  void keepsTheBytesOfTheCutWhileTheWriterGoesOn() throws Exception {
    LiveMemory memory = kind.memory(directory);
    writerGoesOnDuringCuts(memory);
    assertEquals(0, memory.counters().spilledBlocks());
    kind.assertSpilledAsItShould(memory);
  }

  @Test
  void keepsTheBytesInAFileWhenTheMemoryForThemIsUsedUp() throws Exception {
    LiveMemory memory = LiveMemory.of(kind.config(directory).withAsideBytesMax(200_000));
    writerGoesOnDuringCuts(memory);
    assertTrue(memory.counters().spilledBlocks() > 0);
    assertFalse(Files.exists(directory.resolve("live").resolve("shard-012.live-aside")));
  }

  @Test
  void restoredTableLivesOnLikeItsTwin() throws IOException {
    Table table = fixture.create(directory.resolve("live"), kind.memory(directory));
    TwinTable twin = new TwinTable();
    SplittableRandom random = new SplittableRandom(12);
    for (int i = 0; i < 20_000; i++) {
      write(table, twin, random, i);
    }
    List<SegmentImage> images;
    try (TableCut cut = table.cut()) {
      images = copy(cut, directory.resolve("cut"));
    }
    Table restored = restore(directory.resolve("restored"), images);
    assertEquals(table.digest(), restored.digest());
    assertEquals(table.liveBytes(), restored.liveBytes());
    for (int i = 0; i < 20_000; i++) {
      write(restored, twin, random, i);
    }
    twin.assertSameAs(restored);
  }

  @Test
  void marksExactlyWhatChangedSinceAnEarlierCut() throws IOException {
    Table table = fixture.create(directory.resolve("live"), kind.memory(directory));
    TwinTable twin = new TwinTable();
    SplittableRandom random = new SplittableRandom(13);
    for (int i = 0; i < 20_000; i++) {
      write(table, twin, random, i);
    }
    List<SegmentImage> first;
    try (TableCut cut = table.cut()) {
      first = copy(cut, directory.resolve("first"));
      for (int i = 0; i < cut.segmentCount(); i++) {
        assertTrue(cut.dirtySincePreviousCut(i), "all is new at the first cut");
      }
    }
    assertEquals(0, table.dirtySegments());
    byte[] hot = key(4);
    table.put(hot, 0, hot.length, hot, 0, hot.length, 1, 0, 0);
    assertTrue(table.dirtySegments() > 0);
    try (TableCut cut = table.cut()) {
      int dirty = 0;
      for (int i = 0; i < cut.segmentCount(); i++) {
        if (cut.dirtySince(i, 1)) {
          dirty++;
          cut.skip(i);
        } else {
          SegmentImage now = copySegment(cut, i, Files.createDirectories(directory.resolve("b")));
          assertEquals(-1, Files.mismatch(now.file(), first.get(i).file()));
        }
      }
      assertTrue(dirty > 0 && dirty <= 6, "dirty " + dirty);
    }
    try (TableCut cut = table.cut()) {
      assertEquals(3, cut.number());
      assertThrows(IllegalArgumentException.class, () -> cut.dirtySince(0, 3));
      assertFalse(cut.dirtySincePreviousCut(cut.segmentCount() - 1));
    }
  }

  @Test
  void restoredSegmentsAreCleanUntilChanged() throws IOException {
    Table table = fixture.create(directory.resolve("live"), kind.memory(directory));
    TwinTable twin = new TwinTable();
    SplittableRandom random = new SplittableRandom(14);
    for (int i = 0; i < 10_000; i++) {
      write(table, twin, random, i);
    }
    List<SegmentImage> images;
    try (TableCut cut = table.cut()) {
      images = copy(cut, directory.resolve("cut"));
    }
    Table restored = restore(directory.resolve("restored"), images);
    try (TableCut cut = restored.cut()) {
      for (int i = 1; i < cut.segmentCount(); i++) {
        assertFalse(cut.dirtySince(i, 0), "clean: " + cut.name(i));
      }
    }
  }

  @Test
  void allowsOneCutAtATimeAndOneCopyOfASegment() throws IOException {
    Table table = fixture.create(directory.resolve("live"), kind.memory(directory));
    try (TableCut cut = table.cut()) {
      assertThrows(IllegalStateException.class, table::cut);
      copy(cut, directory.resolve("once"));
      assertThrows(IllegalStateException.class, () -> copy(cut, directory.resolve("twice")));
    }
    table.cut().close();
  }

  @Test
  void savesOnlyBlocksThatTheCutStillWants() throws IOException {
    LiveMemory memory = kind.memory(directory);
    Table table = fixture.create(directory.resolve("live"), memory);
    TwinTable twin = new TwinTable();
    SplittableRandom random = new SplittableRandom(15);
    for (int i = 0; i < 1_000; i++) {
      write(table, twin, random, i);
    }
    try (TableCut cut = table.cut()) {
      for (int i = 0; i < cut.segmentCount(); i++) {
        cut.skip(i);
      }
      for (int i = 0; i < 1_000; i++) {
        write(table, twin, random, i);
      }
    }
    assertEquals(0, memory.counters().asideBlocks());
    table.cut().close();
    for (int i = 0; i < 1_000; i++) {
      write(table, twin, random, i);
    }
    assertEquals(0, memory.counters().asideBytes());
  }
}
