package io.vxmeta.statemachine.table;

import java.lang.foreign.MemorySegment;

/// Checks buckets one by one: the chain, its slots and every record they name; adds up what it met.
final class BucketCheck {
  /* Threads: the writer's, or another one that keeps the writer out for the length of a call.
   * What must hold of one bucket holds at any moment between two writes, so buckets may be checked with writes between them.
   * Only the sums need to know of those (TableSteps). */

  /// Told of each slot of the heap that a bucket or one of its records refers to.
  interface References {
    /// Notes the reference.
    ///
    /// @return whether a used slot starts at `offset`; if not, that is a problem already told
    boolean met(long offset, long bucket);
  }

  private final BucketIndex index;
  private final MemorySegment indexBytes;
  private final Heap heap;
  private final RecordHeap records;
  private final Problems problems;
  private final References references;
  private final RecordView view = RecordView.whole();
  private final byte[] key = new byte[Table.KEY_BYTES_MAX];
  private long count;
  private long digest;
  private long liveBytes;
  private long valueBytes;

  BucketCheck(
      BucketIndex index, Heap heap, RecordHeap records, Problems problems, References references) {
    this.index = index;
    this.indexBytes = index.file().bytes();
    this.heap = heap;
    this.records = records;
    this.problems = problems;
    this.references = references;
  }

  /// Records met.
  long count() {
    return count;
  }

  long digest() {
    return digest;
  }

  long liveBytes() {
    return liveBytes;
  }

  /// Bytes of values met: what a check costs beside its buckets.
  long valueBytes() {
    return valueBytes;
  }

  void check(long bucket) {
    try {
      walkChain(bucket);
    } catch (IndexOutOfBoundsException e) {
      problems.add("bucket " + bucket + " leads out of the table's memory: " + e.getMessage());
    }
  }

  private void walkChain(long bucket) {
    long base = BucketIndex.address(bucket);
    if ((index.sequence(bucket) & 1) != 0) {
      problems.add("bucket " + bucket + " was left in the middle of a change");
    }
    if (Bucket.tag(indexBytes, base) != index.tag(bucket)) {
      problems.add("bucket " + bucket + " has the tag of another bucket or shard");
      return;
    }
    MemorySegment memory = indexBytes;
    for (int links = 0; links < BucketIndex.CHAIN_MAX; links++) {
      int used = walkSlots(bucket, memory, base);
      if (used == 0 && links > 0) {
        problems.add("bucket " + bucket + " has an empty overflow bucket");
      }
      long link = Bucket.link(memory, base);
      if (link == 0) {
        return;
      }
      if (used < Bucket.SLOTS) {
        problems.add("bucket " + bucket + " has a free slot before its chain's end");
      }
      if (!references.met(link, bucket) || heap.classAt(link) != SizeClass.BUCKETS) {
        problems.add("bucket " + bucket + " links to no overflow bucket: offset " + link);
        return;
      }
      memory = heap.bytes();
      base = link;
    }
    problems.add("bucket " + bucket + " has a chain without an end");
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
    if (index.bucketOf(hash) != bucket || KeyHash.fingerprint(hash) != fingerprint) {
      problems.add("record at " + record + " does not belong to bucket " + bucket);
    }
    if (index.find(bucket, index.sequence(bucket), hash, key, 0, length) != record) {
      problems.add("record at " + record + " is not found by its key in bucket " + bucket);
    }
    records.slots(
        record,
        offset -> {
          boolean _ = references.met(offset, bucket);
        });
    count++;
    digest += RecordDigest.of(hash, view);
    liveBytes += records.footprint(record);
    valueBytes += view.valueLength();
  }
}
