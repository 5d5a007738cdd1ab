package io.vxmeta.statemachine.table;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Walks a whole table, follows every reference, and compares what it met with what the counts say.
final class TableWalk {
  /* Threads: the writer's, with no write meanwhile. Each slot of the heap is marked when something refers to it: a slot marked
   * twice, marked but free, or used but not marked is a problem. */

  private final BucketIndex index;
  private final MemorySegment indexBytes;
  private final Heap heap;
  private final RecordHeap records;
  private final Problems problems = new Problems();
  private final List<long[]> marked = new ArrayList<>();
  private final RecordView view = RecordView.whole();
  private final byte[] key = new byte[Table.KEY_BYTES_MAX];
  private long count;
  private long digest;
  private long liveBytes;

  TableWalk(BucketIndex index, Heap heap, RecordHeap records) {
    this.index = index;
    this.indexBytes = index.file().bytes();
    this.heap = heap;
    this.records = records;
    for (int slab = 0; slab < heap.slabs(); slab++) {
      marked.add(new long[SizeClass.words(heap.slabClass(slab))]);
    }
  }

  Verdict check(long expectedCount, long expectedDigest, long expectedLiveBytes) {
    for (long bucket = 0; bucket < index.buckets(); bucket++) {
      walkBucket(bucket);
    }
    compare("records", count, expectedCount);
    compare("digest", digest, expectedDigest);
    compare("live bytes", liveBytes, expectedLiveBytes);
    for (int slab = 0; slab < heap.slabs(); slab++) {
      checkSlab(slab);
    }
    heap.checkLists(problems);
    return new Verdict(count, problems.sentences());
  }

  private void compare(String what, long walked, long counted) {
    if (walked != counted) {
      problems.add(what + " counted as " + counted + " but walked as " + walked);
    }
  }

  private void walkBucket(long bucket) {
    long base = BucketIndex.address(bucket);
    if ((index.sequence(bucket) & 1) != 0) {
      problems.add("bucket " + bucket + " was left in the middle of a change");
    }
    if (Bucket.tag(indexBytes, base) != index.tag(bucket)) {
      problems.add("bucket " + bucket + " has the tag of another bucket or shard");
      return;
    }
    MemorySegment memory = indexBytes;
    boolean overflow = false;
    while (true) {
      int used = walkSlots(bucket, memory, base);
      if (used == 0 && overflow) {
        problems.add("bucket " + bucket + " has an empty overflow bucket");
      }
      long link = Bucket.link(memory, base);
      if (link == 0) {
        return;
      }
      if (used < Bucket.SLOTS) {
        problems.add("bucket " + bucket + " has a free slot before its chain's end");
      }
      if (!mark(link, "overflow of bucket " + bucket) || heap.classAt(link) != SizeClass.BUCKETS) {
        problems.add("bucket " + bucket + " links to no overflow bucket: offset " + link);
        return;
      }
      memory = heap.bytes();
      base = link;
      overflow = true;
    }
  }

  /// @return how many slots are used
  private int walkSlots(long bucket, MemorySegment memory, long base) {
    int used = 0;
    boolean gap = false;
    for (int slot = 0; slot < Bucket.SLOTS; slot++) {
      long record = Bucket.record(memory, base, slot);
      if (record == 0) {
        gap = true;
      } else {
        used++;
        if (gap) {
          problems.add("bucket " + bucket + " has a used slot behind a free one");
        }
        walkRecord(bucket, record, Bucket.fingerprint(memory, base, slot));
      }
    }
    return used;
  }

  private void walkRecord(long bucket, long record, short fingerprint) {
    if (!heap.usedSlotStartsAt(record) || heap.classAt(record) == SizeClass.BUCKETS) {
      problems.add("bucket " + bucket + " names no record: offset " + record);
      return;
    }
    int length = records.readKey(record, key);
    if (length < 1 || !records.read(record, view)) {
      problems.add("record at " + record + " of bucket " + bucket + " cannot be read");
      return;
    }
    long hash = KeyHash.of(key, 0, length);
    if (BucketIndex.bucketOf(hash, index.buckets()) != bucket
        || KeyHash.fingerprint(hash) != fingerprint) {
      problems.add("record at " + record + " does not belong to bucket " + bucket);
    }
    if (index.find(bucket, index.sequence(bucket), hash, key, 0, length) != record) {
      problems.add("record at " + record + " is not found by its key in bucket " + bucket);
    }
    records.slots(record, offset -> mark(offset, "record at " + record));
    count++;
    digest += RecordDigest.of(hash, view);
    liveBytes += records.footprint(record);
  }

  /// Marks the slot at `offset` as referred to.
  ///
  /// @return whether there is a used slot, marked for the first time
  private boolean mark(long offset, String by) {
    if (!heap.usedSlotStartsAt(offset)) {
      problems.add(by + " refers to no used slot: offset " + offset);
      return false;
    }
    int slot = Heap.slotOf(offset, heap.classAt(offset));
    long[] words = marked.get(Heap.slabOf(offset));
    long bit = 1L << slot;
    if ((words[slot / Long.SIZE] & bit) != 0) {
      problems.add(by + " refers to a slot that something else refers to: offset " + offset);
      return false;
    }
    words[slot / Long.SIZE] |= bit;
    return true;
  }

  private void checkSlab(int slab) {
    long[] words = marked.get(slab);
    int used = 0;
    for (int word = 0; word < words.length; word++) {
      long bits = heap.bitmapWord(slab, word);
      used += Long.bitCount(bits);
      if ((bits & ~words[word]) != 0) {
        problems.add("slab " + slab + " has a used slot that nothing refers to");
      }
    }
    if (used != heap.usedSlots(slab)) {
      problems.add(
          "slab " + slab + " counts " + heap.usedSlots(slab) + " used slots, its bits " + used);
    }
  }
}
