package io.vxmeta.statemachine.table;

import java.util.ArrayList;
import java.util.List;

/// Walks a whole table, follows every reference, and compares what it met with what the counts say.
final class TableWalk implements BucketCheck.References {
  /* Threads: the writer's, with no write meanwhile (TableSteps is for the others). Each slot of the heap is marked when something
   * refers to it: a slot marked twice, marked but free, or used but not marked is a problem. */

  private final BucketIndex index;
  private final Heap heap;
  private final Problems problems = new Problems();
  private final List<long[]> marked = new ArrayList<>();
  private final BucketCheck buckets;

  TableWalk(BucketIndex index, Heap heap, RecordHeap records) {
    this.index = index;
    this.heap = heap;
    this.buckets = new BucketCheck(index, heap, records, problems, this);
    for (int slab = 0; slab < heap.slabs(); slab++) {
      marked.add(new long[SizeClass.words(heap.slabClass(slab))]);
    }
  }

  Verdict check(long expectedCount, long expectedDigest, long expectedLiveBytes) {
    long count = index.bucketsOpen();
    for (long bucket = 0; bucket < count; bucket++) {
      buckets.check(bucket);
    }
    problems.compare("records", buckets.count(), expectedCount);
    problems.compare("digest", buckets.digest(), expectedDigest);
    problems.compare("live bytes", buckets.liveBytes(), expectedLiveBytes);
    for (int slab = 0; slab < heap.slabs(); slab++) {
      checkMarks(slab);
      heap.checkSlab(slab, problems);
    }
    heap.checkLists(problems);
    return new Verdict(buckets.count(), problems.sentences());
  }

  @Override
  public boolean met(long offset, long bucket) {
    if (!heap.usedSlotStartsAt(offset)) {
      problems.add("bucket " + bucket + " refers to no used slot: offset " + offset);
      return false;
    }
    int slot = Heap.slotOf(offset, heap.classAt(offset));
    long[] words = marked.get(Heap.slabOf(offset));
    long bit = 1L << slot;
    if ((words[slot / Long.SIZE] & bit) != 0) {
      problems.add(
          "bucket " + bucket + " refers to a slot that something else refers to: offset " + offset);
      return false;
    }
    words[slot / Long.SIZE] |= bit;
    return true;
  }

  private void checkMarks(int slab) {
    long[] words = marked.get(slab);
    for (int word = 0; word < words.length; word++) {
      if ((heap.bitmapWord(slab, word) & ~words[word]) != 0) {
        problems.add("slab " + slab + " has a used slot that nothing refers to");
      }
    }
  }
}
