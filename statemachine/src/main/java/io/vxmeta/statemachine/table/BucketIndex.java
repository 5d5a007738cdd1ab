package io.vxmeta.statemachine.table;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteOrder;

/// The buckets: 64 bytes each, one more at a time (linear hashing), with a sequence that tells
/// readers of changes.
final class BucketIndex {
  /* Threads: one writer; readers call sequence, find, collect and still.
   *
   * The sequence protocol. Writer, for each change of a bucket, its chain, or bytes of a record that the chain names:
   *     W1 sequence := odd; W2 release fence; W3 plain stores; W4 sequence := even, in release mode.
   * Reader:
   *     R1 s := sequence, in acquire mode, even; R2 plain loads; R3 acquire fence; R4 sequence == s, and the bucket count
   *     still maps the hash to this bucket.
   * Why a reader that passes R4 saw one state of the chain and its records:
   *   - It saw at least the state that s ended: R1 read what W4 wrote, release to acquire, so all stores before are visible.
   *   - It saw nothing newer: if a load of R2 saw a store of a later W3, then fence W2 comes before that store and fence R3 after
   *     that load, so R4 sees that W1 or a later one, which differs from s.
   *   - That holds for ANY store the writer makes after W2, so also for a slot that this bucket let go and that another record,
   *     another bucket's overflow or a slab's bitmap took since: whoever sees those bytes sees W1 of the change that let it go.
   *   - A split moves keys to a NEW bucket. Order: fill it; W1 and W2 of the old one; publish the count (volatile); shrink the old
   *     one; W4. Who met the old bucket after its W4 (R1) but chose it by the old count sees the new count at R4 and starts
   *     again; who met it before fails R4 if it saw any of the change. Who chose it by the new count sees W1 or later, so
   *     never the old bucket with keys that are the new one's already.
   * 32 bits of sequence: a reader is fooled only if it sleeps between R1 and R4 for exactly 2^31 changes of one bucket.
   *   - A table that is closed sets the count to 0 before its memory is taken away, which leaves zeros at the same addresses
   *     (LiveRegion): whoever saw a zero that was not the table's sees the count 0 at R4, and is told that the table is closed.
   * Fences and modes are those of VarHandle; the loads between may tear, because nothing made of them is used before R4 passes:
   * lengths are checked against the readable part first, and a chain is followed one link only while the sequence is s. */

  static final int HEADER_BYTES = 4096;

  /// A power of two; a near-empty table's buckets are one page.
  static final long BUCKETS_FIRST = 64;

  /// Beyond any index of a machine, and below what would make an address of a bucket overflow.
  static final long BUCKETS_MAX = 1L << 40;

  /// Links of a chain: more are a ring, which only damage makes; at the usual filling one of three
  /// is rare.
  static final int CHAIN_MAX = 1 << 16;

  static final long ABSENT = 0;
  static final long TORN = -1;

  /// A chain leads out of the heap, or in a ring.
  static final long DAMAGED = -2;

  private static final VarHandle SEQUENCE =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

  private final LiveFile file;
  private final MemorySegment bytes;
  private final MemorySegment heapBytes;
  private final Heap heap;
  private final long indexAddress;
  private final long heapAddress;
  private final RecordHeap records;
  private final int shard;
  private volatile long buckets;

  BucketIndex(LiveFile file, Heap heap, RecordHeap records, int shard) {
    this.file = file;
    this.bytes = file.bytes();
    this.heapBytes = heap.bytes();
    this.heap = heap;
    this.indexAddress = bytes.address();
    this.heapAddress = heapBytes.address();
    this.records = records;
    this.shard = shard;
  }

  /// Starts with empty buckets.
  void createFirst() {
    file.use(address(BUCKETS_FIRST));
    for (long bucket = 0; bucket < BUCKETS_FIRST; bucket++) {
      touch(bucket);
      Bucket.clear(bytes, address(bucket), tag(bucket));
    }
    buckets = BUCKETS_FIRST;
  }

  /// Makes the first `count` buckets of the file, whose bytes are there already, those of this
  /// index.
  void adopt(long count) {
    buckets = count;
  }

  LiveFile file() {
    return file;
  }

  /// How many there are, 0 if the table is closed.
  long buckets() {
    return buckets;
  }

  /// Where `hash` belongs now.
  ///
  /// @throws IllegalStateException if the table is closed
  long bucketOf(long hash) {
    return bucketOf(hash, bucketsOpen());
  }

  /// How many there are.
  ///
  /// @throws IllegalStateException if the table is closed
  long bucketsOpen() {
    long count = buckets;
    if (count == 0) {
      throw new IllegalStateException(
          "expected a table that is open: shard=" + shard + "; its group was closed or replaced");
    }
    return count;
  }

  /// Ends all look-ups, BEFORE the memory is taken away.
  void close() {
    buckets = 0;
  }

  static long address(long bucket) {
    return HEADER_BYTES + bucket * Bucket.BYTES;
  }

  /// The bucket of `hash` when there are `count` buckets: those already split this round go by one
  /// bit more.
  static long bucketOf(long hash, long count) {
    long half = Long.highestOneBit(count);
    long bucket = hash & (half * 2 - 1);
    return bucket < count ? bucket : bucket & (half - 1);
  }

  /// How many low bits of the hash all keys of `bucket` share when there are `count` buckets.
  static int bitsOf(long bucket, long count) {
    long half = Long.highestOneBit(count);
    int bits = Long.numberOfTrailingZeros(half);
    return bucket >= half || bucket < count - half ? bits + 1 : bits;
  }

  /// What tells a bucket from that of another number or shard.
  short tag(long bucket) {
    long mixed = (bucket * 1_009 + shard + 1) * 0x9E37_79B9_7F4A_7C15L;
    return (short) (mixed >>> 48 | 1);
  }

  int sequence(long bucket) {
    return (int) SEQUENCE.getAcquire(RawBytes.ALL, line(bucket));
  }

  /// R3 and R4 of a reader: whether all it read since `seen` was the sequence is one state.
  boolean still(long bucket, int seen, long hash) {
    try {
      VarHandle.acquireFence();
      long count = buckets;
      return sequence(bucket) == seen && count != 0 && bucketOf(hash, count) == bucket;
    } finally {
      Reference.reachabilityFence(
          this); // Until here addresses were read that live as long as this.
    }
  }

  /// The address of [#HEADER_BYTES] bytes that can always be read.
  long header() {
    return indexAddress;
  }

  /// The address of a bucket's line.
  long line(long bucket) {
    return indexAddress + address(bucket);
  }

  /// The offset of the record with this key, [#ABSENT], [#TORN] if the sequence is no longer
  /// `seen`, or [#DAMAGED].
  long find(long bucket, int seen, long hash, byte[] key, int offset, int length) {
    short fingerprint = KeyHash.fingerprint(hash);
    long line = line(bucket);
    for (int links = 0; ; links++) {
      int matches = Bucket.matches(line, fingerprint);
      while (matches != 0) {
        long record = Bucket.record(line, Integer.numberOfTrailingZeros(matches));
        if (record != 0 && records.hasKey(record, key, offset, length)) {
          return record;
        }
        matches &= matches - 1;
      }
      long link = Bucket.link(line);
      if (link == 0) {
        return ABSENT;
      }
      VarHandle.acquireFence();
      if (sequence(bucket) != seen) {
        return TORN;
      }
      if (link + Bucket.BYTES > heap.readableBytes() || links > CHAIN_MAX) {
        return DAMAGED;
      }
      line = heapAddress + link;
    }
  }

  /// The record of `bucket` that most likely has `hash`: the first one with the fingerprint, 0 if
  /// there is none.
  long recordPlace(long bucket, long hash) {
    long line = line(bucket);
    int matches = Bucket.matches(line, KeyHash.fingerprint(hash));
    return matches == 0 ? 0 : Bucket.record(line, Integer.numberOfTrailingZeros(matches));
  }

  /// Copies the records of a bucket's chain into `into`.
  ///
  /// @return false if the sequence is no longer `seen`
  boolean collect(long bucket, int seen, ChainSlots into) {
    into.clear();
    MemorySegment memory = bytes;
    long base = address(bucket);
    for (int links = 0; base != 0; links++) {
      if (links > CHAIN_MAX) {
        throw ring(bucket);
      }
      for (int slot = 0; slot < Bucket.SLOTS; slot++) {
        long record = Bucket.record(memory, base, slot);
        if (record != 0) {
          into.add(record, Bucket.fingerprint(memory, base, slot));
        }
      }
      base = Bucket.link(memory, base);
      VarHandle.acquireFence();
      if (sequence(bucket) != seen) {
        return false;
      }
      memory = heapBytes;
    }
    return true;
  }

  /// What to throw when the chain of `bucket` has no end.
  IllegalStateException ring(long bucket) {
    return new IllegalStateException(
        "expected a chain with an end: shard="
            + shard
            + " bucket="
            + bucket
            + "; the live memory is damaged, restart the replica from its snapshot");
  }

  /// W1 and W2. What may throw or take long, such as touching blocks, comes BEFORE.
  void open(long bucket) {
    long at = address(bucket);
    SEQUENCE.setOpaque(bytes, at, (int) SEQUENCE.get(bytes, at) + 1);
    VarHandle.releaseFence();
  }

  /// W4.
  void close(long bucket) {
    long at = address(bucket);
    SEQUENCE.setRelease(bytes, at, (int) SEQUENCE.get(bytes, at) + 1);
  }

  void touch(long bucket) {
    file.touch(address(bucket));
  }

  /// Makes bucket `last` the last one of the index; it must be filled BEFORE.
  void publish(long last) {
    buckets = last + 1;
  }
}
