package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.vxmeta.statemachine.Seeded;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Bytes that nobody wrote, where a table's files should be, are refused or make the very same
/// table; nothing else happens.
///
/// `JAZZER_FUZZ=1` lets Jazzer search for more of them; otherwise it goes through those it knows.
/// `-Dvx.fuzz.rounds=N` changes more segments, `-Dvx.long=true` thousands.
@Timeout(value = 12, unit = TimeUnit.HOURS)
final class SegmentFileFuzzTest {

  private static final int ROUNDS =
      Integer.getInteger("vx.fuzz.rounds", Boolean.getBoolean("vx.long") ? 6_000 : 300);
  private static final int RECORDS = 400;
  private static final int CHANGES_MAX = 4;

  @TempDir private Path directory;
  private final List<SegmentName> names = new ArrayList<>();
  private final List<byte[]> sound = new ArrayList<>();
  private long digest;

  @BeforeEach
  void makeSegments() throws IOException {
    try (Table table =
        Table.create(
            directory.resolve("made"),
            TableFixture.SHARD,
            TableFixture.SMALL,
            TableFixture.MEMORY)) {
      for (int i = 0; i < RECORDS; i++) {
        byte[] key = ByteBuffer.allocate(4).putInt(i).array();
        table.put(key, 0, key.length, new byte[20_000], 0, i % 60 == 0 ? 20_000 : i % 100, i, i, i);
      }
      digest = table.digest();
      assertEquals(List.of(), table.verify().problems());
      try (TableCut cut = table.cut()) {
        for (int i = 0; i < cut.segmentCount(); i++) {
          Path file = directory.resolve(cut.name(i).fileName());
          try (FileChannel channel =
              FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            int _ = cut.copyTo(i, channel);
          }
          names.add(cut.name(i));
          sound.add(Files.readAllBytes(file));
        }
      }
    }
  }

  /// @return whether the files were taken
  private boolean restores(List<byte[]> contents) throws IOException {
    List<SegmentImage> images = new ArrayList<>();
    for (int i = 0; i < contents.size(); i++) {
      Path file = directory.resolve(names.get(i).fileName());
      Files.write(file, contents.get(i));
      images.add(new SegmentImage(names.get(i), file));
    }
    try (Table table =
        Table.restore(
            directory.resolve("restored"),
            TableFixture.SHARD,
            images,
            TableFixture.SMALL,
            TableFixture.MEMORY)) {
      assertEquals(digest, table.digest(), "another table than the one that was cut");
      assertEquals(RECORDS, table.records());
      assertTrue(table.verify().sound());
      return true;
    } catch (IOException refused) {
      assertTrue(refused.toString().contains("expected"), refused.toString());
      return false;
    }
  }

  private static byte[] changed(byte[] bytes, Random random) {
    byte[] copy = random.nextInt(8) == 0 ? cutOrLonger(bytes, random) : bytes.clone();
    for (int i = random.nextInt(CHANGES_MAX) + 1; i > 0 && copy.length > 0; i--) {
      int at = place(copy.length, random);
      switch (random.nextInt(4)) {
        case 0 -> copy[at] = (byte) random.nextInt();
        case 1 -> copy[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> {
          int length = Math.min(random.nextInt(64), copy.length - at);
          System.arraycopy(copy, random.nextInt(copy.length - length + 1), copy, at, length);
        }
        default -> {
          int length = Math.min(Long.BYTES, copy.length - at);
          byte[] extreme =
              ByteBuffer.allocate(Long.BYTES)
                  .putLong(random.nextBoolean() ? -1L : Long.MIN_VALUE >> random.nextInt(64))
                  .array();
          System.arraycopy(extreme, 0, copy, at, length);
        }
      }
    }
    return copy;
  }

  /// Mostly in headers: of the file, of a slab, or of a bucket.
  private static int place(int length, Random random) {
    int any = random.nextInt(length);
    return switch (random.nextInt(4)) {
      case 0 -> Math.min(any, random.nextInt(TableHeader.BYTES));
      case 1 -> Math.min(length - 1, (any & -SizeClass.SLAB_BYTES) + random.nextInt(64));
      case 2 -> Math.min(length - 1, (any & -Bucket.BYTES) + random.nextInt(Bucket.BYTES));
      default -> any;
    };
  }

  /// Another count or two in the table's header, under a checksum that is right.
  private static byte[] withSealedNumbers(byte[] bytes, Random random) throws IOException {
    byte[] copy = bytes.clone();
    MemorySegment memory = MemorySegment.ofArray(copy);
    TableHeader header = TableHeader.read(memory, TableFixture.SHARD);
    new TableHeader(
            TableFixture.SHARD,
            random.nextInt(4) == 0 ? 1 << random.nextInt(32) : header.segmentBytes(),
            random.nextBoolean() ? number(header.buckets(), random) : header.buckets(),
            random.nextInt(4) == 0 ? number(header.records(), random) : header.records(),
            header.digest(),
            random.nextInt(4) == 0 ? number(header.liveBytes(), random) : header.liveBytes(),
            random.nextInt(4) == 0 ? (int) number(header.slabs(), random) : header.slabs())
        .write(memory);
    return copy;
  }

  /// One that means the same in some of its bits, or any.
  private static long number(long sound, Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> sound + (random.nextLong(1, 64) << 58);
      case 1 -> sound ^ (1L << random.nextInt(64));
      default -> random.nextLong();
    };
  }

  private static byte[] cutOrLonger(byte[] bytes, Random random) {
    return Arrays.copyOf(bytes, random.nextInt(bytes.length + 200));
  }

  @Test
  void changedSegmentsAreRefusedOrMakeTheSameTable() throws IOException {
    assertTrue(restores(sound));
    int[] refused = {0};
    Seeded.runs(
        1,
        ROUNDS,
        random -> {
          List<byte[]> contents = new ArrayList<>(sound);
          int segment = random.nextInt(contents.size());
          contents.set(segment, changed(contents.get(segment), random));
          if (random.nextInt(4) == 0) {
            int first =
                names.indexOf(new SegmentName(TableFixture.SHARD, SegmentName.Part.INDEX, 0));
            contents.set(first, withSealedNumbers(sound.get(first), random));
          }
          refused[0] += restores(contents) ? 0 : 1;
        });
    assertTrue(
        Long.getLong("vx.seed") != null || refused[0] > ROUNDS / 4, "refused only " + refused[0]);
  }

  /// The header alone is what a newer or foreign file differs in first.
  @FuzzTest
  void anyBytesAreAHeaderOfThisShardOrRefused(byte[] bytes) {
    try {
      TableHeader header = TableHeader.read(MemorySegment.ofArray(bytes), TableFixture.SHARD);
      MemorySegment again = MemorySegment.ofArray(new byte[TableHeader.BYTES]);
      header.write(again);
      assertEquals(header, TableHeader.read(again, TableFixture.SHARD), "read as it was written");
    } catch (BadImage refused) {
      assertTrue(refused.toString().contains("expected"), refused.toString());
    }
  }
}
