package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which bucket a hash belongs to, and what a reader learns when that changes under it.
final class BucketIndexTest {

  @TempDir private Path directory;

  @Test
  void eachHashBelongsToOneBucketAndASplitHalvesOne() {
    SplittableRandom random = new SplittableRandom(1);
    for (long count = 1; count < 300; count++) {
      for (int i = 0; i < 200; i++) {
        long hash = random.nextLong();
        long bucket = BucketIndex.bucketOf(hash, count);
        long after = BucketIndex.bucketOf(hash, count + 1);
        assertTrue(bucket >= 0 && bucket < count);
        assertTrue(after == bucket || after == count, "a key moves to the new bucket or stays");
        int bits = BucketIndex.bitsOf(bucket, count);
        assertEquals(bucket, hash & ((1L << bits) - 1), "a bucket is named by its bits");
      }
    }
  }

  @Test
  void bucketsInTheOrderOfAScanCoverAllPlacesOnce() {
    for (long count = 1; count < 300; count++) {
      long place = 0;
      long visited = 0;
      while (place < KeyHash.PLACES) {
        long bucket = BucketIndex.bucketOf(KeyHash.atPlace(place), count);
        long span = KeyHash.span(BucketIndex.bitsOf(bucket, count));
        assertEquals(0, place % span, "a run starts at its own multiple");
        place += span;
        visited++;
      }
      assertEquals(KeyHash.PLACES, place);
      assertEquals(count, visited);
    }
  }

  @Test
  void placeAndHashAreInverse() {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 1_000; i++) {
      long place = random.nextLong(KeyHash.PLACES);
      assertEquals(place, KeyHash.place(KeyHash.atPlace(place)));
    }
  }

  @Test
  void readerThatChoseItsBucketBeforeASplitStartsAgain() throws IOException {
    LiveFile indexFile = file(SegmentName.Part.INDEX);
    LiveFile heapFile = file(SegmentName.Part.HEAP);
    try (indexFile;
        heapFile) {
      Heap heap = new Heap(heapFile, 1);
      RecordHeap records = new RecordHeap(heap);
      BucketIndex index = new BucketIndex(indexFile, heap, records, 1);
      index.createFirst();
      BucketWriter writer = new BucketWriter(index, heap, records);
      byte[] key = keyThatMovesAtTheFirstSplit();
      long hash = KeyHash.of(key, 0, key.length);
      writer.insert(0, KeyHash.fingerprint(hash), record(records, key));

      long bucket = BucketIndex.bucketOf(hash, index.buckets());
      assertEquals(0, bucket);
      int before = index.sequence(bucket);
      writer.growFor(BucketIndex.BUCKETS_FIRST * 100);
      assertFalse(index.still(bucket, before, hash), "met the bucket before the split");

      int after = index.sequence(bucket);
      assertNotEquals(before, after);
      assertEquals(
          BucketIndex.ABSENT, index.find(bucket, after, hash, key, 0, key.length), "it moved");
      assertFalse(index.still(bucket, after, hash), "met the bucket after the split");

      long now = BucketIndex.bucketOf(hash, index.buckets());
      int seen = index.sequence(now);
      assertTrue(index.find(now, seen, hash, key, 0, key.length) > 0);
      assertTrue(index.still(now, seen, hash));
    }
  }

  private LiveFile file(SegmentName.Part part) throws IOException {
    Path path = directory.resolve(part.name());
    return new LiveFile(part, TableFixture.MEMORY.map(path, 1 << 20), 64 << 10);
  }

  /// The first split looks at the bit of 64 in the hashes of bucket 0.
  private static byte[] keyThatMovesAtTheFirstSplit() {
    byte[] key = new byte[8];
    for (long number = 0; ; number++) {
      ByteBuffer.wrap(key).putLong(number);
      if ((KeyHash.of(key, 0, key.length) & 127) == 64) {
        return key;
      }
    }
  }

  private static long record(RecordHeap records, byte[] key) {
    RecordDraft draft = new RecordDraft();
    draft.key(key, 0, key.length);
    draft.numbers(1, 1, 0, 0);
    long at = records.allocate(draft);
    records.write(at, draft);
    return at;
  }
}
