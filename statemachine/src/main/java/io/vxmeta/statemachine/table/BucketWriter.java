package io.vxmeta.statemachine.table;

import io.vxmeta.statemachine.os.LiveMemoryExhausted;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Changes buckets and their chains, and adds a bucket when they are full on average.
final class BucketWriter {
  /* Threads: the writer; readers follow by the protocol of BucketIndex.
   * Each change first takes what room it needs and touches the blocks it will write (both may throw or take long), then opens the
   * bucket's sequence, stores a few words, and closes it. */

  /// Splitting at 11/2 records per bucket on average keeps some 95 % of the records out of
  /// overflow, at 13 bytes a record.
  private static final long RECORDS_PER_TWO_BUCKETS = 11;

  private final BucketIndex index;
  private final MemorySegment indexBytes;
  private final Heap heap;
  private final MemorySegment heapBytes;
  private final RecordHeap records;
  private final ChainSlots slots = new ChainSlots();
  private final ChainSlots staying = new ChainSlots();
  private final ChainSlots moving = new ChainSlots();
  private final byte[] key = new byte[Table.KEY_BYTES_MAX];

  /// The bases of the chain at hand: the first in the index, the others in the heap.
  private long[] chain = new long[4];

  private int chainLength;

  BucketWriter(BucketIndex index, Heap heap, RecordHeap records) {
    this.index = index;
    this.indexBytes = index.file().bytes();
    this.heap = heap;
    this.heapBytes = heap.bytes();
    this.records = records;
  }

  private void loadChain(long bucket) {
    chainLength = 0;
    MemorySegment memory = indexBytes;
    long base = BucketIndex.address(bucket);
    do {
      if (chainLength > BucketIndex.CHAIN_MAX) {
        throw index.ring(bucket);
      }
      if (chainLength == chain.length) {
        chain = Arrays.copyOf(chain, chainLength * 2);
      }
      chain[chainLength++] = base;
      base = Bucket.link(memory, base);
      memory = heapBytes;
    } while (base != 0);
  }

  private MemorySegment memory(int link) {
    return link == 0 ? indexBytes : heapBytes;
  }

  private void touch(int link) {
    (link == 0 ? index.file() : heap.file()).touch(chain[link]);
  }

  /// Adds a record to a bucket.
  ///
  /// @throws LiveMemoryExhausted if there is no room; nothing was changed
  void insert(long bucket, short fingerprint, long record) {
    loadChain(bucket);
    int last = chainLength - 1;
    int slot = Bucket.slotOf(memory(last), chain[last], 0);
    long added = slot < 0 ? newOverflow() : 0;
    touch(last);
    index.touch(bucket);
    index.open(bucket);
    if (added == 0) {
      Bucket.set(memory(last), chain[last], slot, record, fingerprint);
    } else {
      Bucket.set(heapBytes, added, 0, record, fingerprint);
      Bucket.setLink(memory(last), chain[last], added);
    }
    index.close(bucket);
  }

  /// An empty overflow bucket, its block touched.
  private long newOverflow() {
    long base = heap.allocate(SizeClass.BUCKETS);
    Bucket.clear(heapBytes, base, (short) 0);
    return base;
  }

  /// Lets the slot that names `record` name `other` instead.
  void replace(long bucket, long record, long other) {
    loadChain(bucket);
    int link = linkOf(bucket, record);
    MemorySegment memory = memory(link);
    int slot = Bucket.slotOf(memory, chain[link], record);
    short fingerprint = Bucket.fingerprint(memory, chain[link], slot);
    touch(link);
    index.touch(bucket);
    index.open(bucket);
    Bucket.set(memory, chain[link], slot, other, fingerprint);
    index.close(bucket);
  }

  /// Takes `record` out of a bucket; the chain's last record moves to its place.
  void remove(long bucket, long record) {
    loadChain(bucket);
    int link = linkOf(bucket, record);
    int slot = Bucket.slotOf(memory(link), chain[link], record);
    int last = chainLength - 1;
    MemorySegment lastMemory = memory(last);
    int lastSlot = usedSlots(lastMemory, chain[last]) - 1;
    boolean emptied = lastSlot == 0 && last > 0;
    touch(link);
    touch(last);
    touch(Math.max(last - 1, 0));
    index.touch(bucket);
    index.open(bucket);
    Bucket.set(
        memory(link),
        chain[link],
        slot,
        Bucket.record(lastMemory, chain[last], lastSlot),
        Bucket.fingerprint(lastMemory, chain[last], lastSlot));
    Bucket.set(lastMemory, chain[last], lastSlot, 0, (short) 0);
    if (emptied) {
      Bucket.setLink(memory(last - 1), chain[last - 1], 0);
    }
    index.close(bucket);
    if (emptied) {
      heap.free(chain[last]);
    }
  }

  private static int usedSlots(MemorySegment memory, long base) {
    int free = Bucket.slotOf(memory, base, 0);
    return free < 0 ? Bucket.SLOTS : free;
  }

  private int linkOf(long bucket, long record) {
    for (int link = 0; link < chainLength; link++) {
      if (Bucket.slotOf(memory(link), chain[link], record) >= 0) {
        return link;
      }
    }
    throw new IllegalStateException(
        "expected a record in its bucket's chain: bucket=" + bucket + " record=" + record);
  }

  /// Adds a bucket if `count` records would be too many for those there are and the address space
  /// allows.
  ///
  /// @throws LiveMemoryExhausted if there is no room; nothing was changed
  void growFor(long count) {
    long buckets = index.buckets();
    if (count * 2 > buckets * RECORDS_PER_TWO_BUCKETS
        && BucketIndex.address(buckets + 1) <= index.file().bytesMax()) {
      split(buckets);
    }
  }

  private void split(long target) {
    long bit = Long.highestOneBit(target);
    long source = target - bit;
    partition(source, bit);
    index.file().use(BucketIndex.address(target + 1));
    long firstOverflow = newOverflows(overflowsFor(moving.count()));
    index.touch(target);
    fill(target, firstOverflow);
    publishAndShrink(target, source);
  }

  private static int overflowsFor(int count) {
    return Math.max(0, (count - 1) / Bucket.SLOTS);
  }

  /// Sorts the source's records by the bit of their hash that the new count of buckets looks at.
  private void partition(long source, long bit) {
    loadChain(source);
    boolean _ = index.collect(source, index.sequence(source), slots);
    staying.clear();
    moving.clear();
    for (int i = 0; i < slots.count(); i++) {
      int length = records.readKey(slots.record(i), key);
      boolean moves = (KeyHash.of(key, 0, length) & bit) != 0;
      (moves ? moving : staying).add(slots.record(i), slots.fingerprint(i));
    }
  }

  /// A chain of `count` new overflow buckets, all or none.
  ///
  /// @return the first one, 0 if `count` is 0
  private long newOverflows(int count) {
    long first = 0;
    try {
      for (int i = 0; i < count; i++) {
        long added = newOverflow();
        Bucket.setLink(heapBytes, added, first);
        first = added;
      }
    } catch (LiveMemoryExhausted e) {
      while (first != 0) {
        long next = Bucket.link(heapBytes, first);
        heap.free(first);
        first = next;
      }
      throw e;
    }
    return first;
  }

  /// Fills a bucket that no reader knows yet.
  private void fill(long target, long firstOverflow) {
    long base = BucketIndex.address(target);
    Bucket.clear(indexBytes, base, index.tag(target));
    Bucket.setLink(indexBytes, base, firstOverflow);
    loadChain(target);
    writeSlots(moving);
  }

  /// The source is open from BEFORE its keys are the target's until they have left it: else a scan
  /// met them in both.
  private void publishAndShrink(long target, long source) {
    loadChain(source);
    for (int link = 0; link < chainLength; link++) {
      touch(link);
    }
    int kept = 1 + overflowsFor(staying.count());
    index.open(source);
    index.publish(target);
    writeSlots(staying);
    Bucket.setLink(memory(kept - 1), chain[kept - 1], 0);
    index.close(source);
    for (int link = kept; link < chainLength; link++) {
      heap.free(chain[link]);
    }
  }

  /// Writes `content` to the slots of the chain at hand and frees the slots behind.
  private void writeSlots(ChainSlots content) {
    for (int i = 0; i < chainLength * Bucket.SLOTS; i++) {
      int link = i / Bucket.SLOTS;
      boolean used = i < content.count();
      Bucket.set(
          memory(link),
          chain[link],
          i % Bucket.SLOTS,
          used ? content.record(i) : 0,
          used ? content.fingerprint(i) : 0);
    }
  }
}
