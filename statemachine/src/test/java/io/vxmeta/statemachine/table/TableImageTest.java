package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Files that are damaged, foreign, missing or too many never become a table.
final class TableImageTest {

  private static final int RECORDS = 4_000;

  @RegisterExtension private final TableFixture fixture = new TableFixture();
  @TempDir private Path directory;
  private final List<SegmentImage> images = new ArrayList<>();

  private static final int LINK_AT = 4;
  private static final int FINGERPRINTS_AT = 44;

  @BeforeEach
  void makeImages() throws IOException {
    images.addAll(imagesOf(fixture.create(directory.resolve("live")), directory.resolve("cut")));
  }

  private static List<SegmentImage> imagesOf(Table table, Path to) throws IOException {
    for (int i = 0; i < RECORDS; i++) {
      byte[] key = ("\1\0key-" + i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      byte[] value = new byte[i % 500];
      table.put(key, 0, key.length, value, 0, value.length, i, 0, 0);
    }
    Files.createDirectories(to);
    List<SegmentImage> images = new ArrayList<>();
    try (TableCut cut = table.cut()) {
      for (int i = 0; i < cut.segmentCount(); i++) {
        Path file = to.resolve(cut.name(i).fileName());
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
          int _ = cut.copyTo(i, channel);
        }
        images.add(new SegmentImage(cut.name(i), file));
      }
    }
    return images;
  }

  private Table restore(int shard) throws IOException {
    return Table.restore(
        directory.resolve("restored"), shard, images, TableFixture.SMALL, TableFixture.MEMORY);
  }

  private void assertRefused(String reason) throws IOException {
    IOException refused = assertThrows(IOException.class, () -> restore(TableFixture.SHARD));
    assertTrue(refused.toString().contains(reason), refused.toString());
    assertTrue(refused.toString().contains("do not use this snapshot"), refused.toString());
    assertNoLiveFiles();
  }

  private void assertNoLiveFiles() throws IOException {
    Path restored = directory.resolve("restored");
    if (Files.exists(restored)) {
      try (Stream<Path> files = Files.list(restored)) {
        assertEquals(0, files.count());
      }
    }
  }

  private static void flip(Path file, long at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) at] ^= 0x40;
    Files.write(file, bytes);
  }

  private Path image(SegmentName.Part part, int number) {
    return images.stream()
        .filter(image -> image.name().part() == part && image.name().number() == number)
        .findFirst()
        .orElseThrow()
        .file();
  }

  @Test
  void restoresFromSegmentsInAnyOrder() throws IOException {
    Collections.shuffle(images, new java.util.Random(1));
    assertEquals(RECORDS, fixture.keep(restore(TableFixture.SHARD)).records());
  }

  @Test
  void refusesSegmentsOfAnotherShard() {
    assertThrows(IOException.class, () -> restore(TableFixture.SHARD + 1));
  }

  /// A bucket whose chain leads to a place that links to itself, and a record in it that is not
  /// found before: who looks it up would go round for ever.
  @Test
  void refusesAChainThatIsARing() throws IOException {
    int ring = 1024;
    Path heap = image(SegmentName.Part.HEAP, 0);
    ByteBuffer heapBytes = ByteBuffer.wrap(Files.readAllBytes(heap)).order(ByteOrder.LITTLE_ENDIAN);
    heapBytes.put(ring, new byte[Bucket.BYTES]);
    heapBytes.putInt(ring + LINK_AT, ring >>> SizeClass.UNIT_SHIFT);
    Files.write(heap, heapBytes.array());
    Path index = image(SegmentName.Part.INDEX, 0);
    ByteBuffer indexBytes =
        ByteBuffer.wrap(Files.readAllBytes(index)).order(ByteOrder.LITTLE_ENDIAN);
    int bucket = (int) BucketIndex.address(0);
    indexBytes.putInt(bucket + LINK_AT, ring >>> SizeClass.UNIT_SHIFT);
    indexBytes.putShort(
        bucket + FINGERPRINTS_AT, (short) (indexBytes.getShort(bucket + FINGERPRINTS_AT) ^ 0x40));
    Files.write(index, indexBytes.array());
    assertRefused("is not found by its key in bucket 0");
  }

  /// A count of buckets of which 64 times is the sound one again, under a checksum that is right.
  @Test
  void refusesACountOfBucketsThatOverflows() throws IOException {
    Path index = image(SegmentName.Part.INDEX, 0);
    byte[] bytes = Files.readAllBytes(index);
    MemorySegment memory = MemorySegment.ofArray(bytes);
    TableHeader header = TableHeader.read(memory, TableFixture.SHARD);
    new TableHeader(
            header.shard(),
            header.segmentBytes(),
            header.buckets() + (1L << 58),
            header.records(),
            header.digest(),
            header.liveBytes(),
            header.slabs())
        .write(memory);
    Files.write(index, bytes);
    assertRefused("expected sizes that a table can have");
  }

  @Test
  void refusesAForeignIndexFile() throws IOException {
    Path first = image(SegmentName.Part.INDEX, 0);
    byte[] foreign = new byte[(int) Files.size(first)];
    new SplittableRandom(1).nextBytes(foreign);
    Files.write(first, foreign);
    assertRefused("expected a table's index");
  }

  @Test
  void refusesAnIndexOfANewerFormat() throws IOException {
    Path first = image(SegmentName.Part.INDEX, 0);
    byte[] bytes = Files.readAllBytes(first);
    bytes[8] = 2;
    Files.write(first, bytes);
    IOException refused = assertThrows(IOException.class, () -> restore(TableFixture.SHARD));
    assertTrue(refused.toString().contains("format=2; start the version"), refused.toString());
    assertNoLiveFiles();
  }

  @Test
  void refusesADamagedHeader() throws IOException {
    flip(image(SegmentName.Part.INDEX, 0), 33);
    assertRefused("checksum");
  }

  @Test
  void refusesADamagedSlabHeader() throws IOException {
    flip(image(SegmentName.Part.HEAP, 1), 4);
    assertRefused("header of slab 4");
  }

  @Test
  void refusesSwappedSegments() throws IOException {
    Path one = image(SegmentName.Part.HEAP, 0);
    Path other = image(SegmentName.Part.HEAP, 1);
    byte[] bytes = Files.readAllBytes(one);
    Files.copy(other, one, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.write(other, bytes);
    assertRefused("header of slab ");
  }

  @Test
  void refusesATruncatedSegment() throws IOException {
    Path file = image(SegmentName.Part.HEAP, 1);
    Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 1000));
    assertRefused("length=1000");
  }

  @Test
  void refusesAMissingAndAnAdditionalSegment() throws IOException {
    SegmentImage last = images.removeLast();
    assertRefused("missing");
    images.add(last);
    images.add(
        new SegmentImage(
            new SegmentName(TableFixture.SHARD, SegmentName.Part.HEAP, 900), last.file()));
    assertRefused("segments=");
    images.removeLast();
    images.add(last);
    assertRefused("once");
  }

  @Test
  void noFlippedBitGoesUnnoticed() throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    int unnoticed = 0;
    for (int round = 0; round < 60; round++) {
      Path file = images.get(random.nextInt(images.size())).file();
      byte[] good = Files.readAllBytes(file);
      flip(file, random.nextInt(good.length));
      long digest;
      try (Table restored = restore(TableFixture.SHARD)) {
        digest = restored.digest();
        unnoticed++;
        // Bytes that mean nothing may change: free slots, spare bytes, sequences. Records may not.
        assertTrue(restored.verify().sound());
        assertEquals(RECORDS, restored.records());
        assertEquals(expectedDigest(), digest);
      } catch (IOException e) {
        assertTrue(
            e.toString().contains("do not use this snapshot")
                || e.toString().contains("start the version"),
            e.toString());
      }
      Files.write(file, good);
    }
    assertTrue(unnoticed < 40, "unnoticed " + unnoticed);
  }

  private long expectedDigest() throws IOException {
    try (Table again = fixtureTable()) {
      return again.digest();
    }
  }

  private Table fixtureTable() throws IOException {
    Table table =
        Table.create(
            directory.resolve("again"),
            TableFixture.SHARD,
            TableFixture.SMALL,
            TableFixture.MEMORY);
    List<SegmentImage> _ = imagesOf(table, directory.resolve("again-cut"));
    return table;
  }

  @Test
  void leftoverLiveFilesAreReplacedAndNeverRead() throws IOException {
    Path place = Files.createDirectories(directory.resolve("old"));
    for (String name : List.of("shard-012.live-index", "shard-012.live-heap")) {
      Files.write(place.resolve(name), new byte[100_000]);
      flip(place.resolve(name), 50_000);
    }
    Table table = fixture.create(place);
    assertEquals(0, table.records());
  }

  @Test
  void restoresSegmentsOfAnotherSizeThanConfigured() throws IOException {
    TableConfig larger = TableFixture.SMALL.withSegmentBytes(1 << 20);
    Table restored =
        fixture.keep(
            Table.restore(
                directory.resolve("larger"),
                TableFixture.SHARD,
                images,
                larger,
                TableFixture.MEMORY));
    assertEquals(RECORDS, restored.records());
    try (TableCut cut = restored.cut()) {
      assertTrue(cut.dirtySince(0, 0) && cut.dirtySince(cut.segmentCount() - 1, 0));
    }
  }
}
