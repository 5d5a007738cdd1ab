package io.vxmeta.statemachine.table;

/// A walk over a whole table in small steps, between which the writer goes on.
///
/// Threads: any thread that keeps the writer out during a step, such as one that holds the apply
/// lock.
public final class TableSteps implements AutoCloseable, BucketCheck.References {
  /* Buckets are checked in the order of a scan (KeyHash.place), so a record either lies before `place` and is in the sums, or it
   * will be met; a split never moves one across, since `place` is always the end of a bucket's run. The table tells of each
   * write: one before `place` changes the sums as it changes the counts. So at the end both must be equal, however much was
   * written meanwhile.
   * What a walk without writes finds and this one does not: two references to one slot of an overflow bucket, and an overflow slot
   * that nothing refers to. Lost slots of records show in the sum of all slots. */

  /// Some 350 records, most of them not in the processor's cache: 0.1 to 0.2 ms.
  private static final int BUCKETS_PER_STEP = 64;

  /// Long values end a step sooner: hashing them takes some 0.1 ms.
  private static final long VALUE_BYTES_PER_STEP = 256 << 10;

  /// Each costs two or three cache lines.
  private static final int SLABS_PER_STEP = 256;

  private final Table table;
  private final BucketIndex index;
  private final Heap heap;
  private final Problems problems = new Problems();
  private final BucketCheck buckets;
  private long place;
  private int slab;
  private long addedRecords;
  private long addedBytes;
  private long addedDigest;
  private boolean over;

  TableSteps(Table table, BucketIndex index, Heap heap, RecordHeap records) {
    this.table = table;
    this.index = index;
    this.heap = heap;
    this.buckets = new BucketCheck(index, heap, records, problems, this);
  }

  /// Checks a few buckets or slabs.
  ///
  /// @return whether there is more to do
  /// @throws IllegalStateException if the table was closed meanwhile: what was found then means
  ///   nothing
  public boolean step() {
    if (place < KeyHash.PLACES) {
      stepOverBuckets();
    } else if (slab < heap.slabs()) {
      stepOverSlabs();
    } else if (!over) {
      compareSums();
      over = true;
    }
    // Who met the zeros of a closed table sees here that it is closed.
    long _ = index.bucketsOpen();
    return !over;
  }

  private void stepOverBuckets() {
    long valueBytesMax = buckets.valueBytes() + VALUE_BYTES_PER_STEP;
    for (int i = 0; i < BUCKETS_PER_STEP && place < KeyHash.PLACES; i++) {
      long count = index.bucketsOpen();
      long bucket = BucketIndex.bucketOf(KeyHash.atPlace(place), count);
      buckets.check(bucket);
      place += KeyHash.span(BucketIndex.bitsOf(bucket, count));
      if (buckets.valueBytes() > valueBytesMax) {
        return;
      }
    }
  }

  private void stepOverSlabs() {
    int end = Math.min(heap.slabs(), slab + SLABS_PER_STEP);
    for (; slab < end; slab++) {
      heap.checkSlab(slab, problems);
    }
  }

  private void compareSums() {
    problems.compare("records", buckets.count() + addedRecords, table.records());
    problems.compare("live bytes", buckets.liveBytes() + addedBytes, table.liveBytes());
    problems.compare("digest", buckets.digest() + addedDigest, table.digest());
    problems.compare("slots of records", heap.recordSlotBytes(), table.liveBytes());
  }

  /// Told by the table after each write.
  void changed(long hash, long records, long bytes, long digest) {
    if (KeyHash.place(hash) < place) {
      addedRecords += records;
      addedBytes += bytes;
      addedDigest += digest;
    }
  }

  @Override
  public boolean met(long offset, long bucket) {
    boolean used = heap.usedSlotStartsAt(offset);
    if (!used) {
      problems.add("bucket " + bucket + " refers to no used slot: offset " + offset);
    }
    return used;
  }

  /// What was found so far; of the whole table once [#step] returned false.
  public Verdict verdict() {
    return new Verdict(buckets.count(), problems.sentences());
  }

  /// Ends the walk: the table tells it of writes no more.
  @Override
  public void close() {
    table.endSteps(this);
  }
}
