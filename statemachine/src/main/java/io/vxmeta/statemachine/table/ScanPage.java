package io.vxmeta.statemachine.table;

import java.util.ArrayList;
import java.util.List;

/// One bucket's records, copied at one moment, for a scan.
final class ScanPage {
  /* A bucket of k hash bits is one run of 2^(48-k) places (KeyHash.place), and a split halves its run, so the end of a bucket's run
   * is the start of one for ever. A cursor from a table with more buckets may lie within a run: then the records before it
   * are left out, they were handed over there. Threads: one. */

  private static final int KEY_BYTES_FIRST = 64;

  private static final class Copy {
    private byte[] key = new byte[KEY_BYTES_FIRST];
    private final RecordView view;
    private int keyLength;

    private Copy(RecordView view) {
      this.view = view;
    }
  }

  private final BucketIndex index;
  private final RecordHeap records;
  private final RecordView.Content content;
  private final ChainSlots slots = new ChainSlots();
  private final List<Copy> copies = new ArrayList<>();
  private int count;
  private long start;
  private long end;

  ScanPage(BucketIndex index, RecordHeap records, RecordView.Content content) {
    this.index = index;
    this.records = records;
    this.content = content;
  }

  /// One attempt to copy the bucket at `place`.
  ///
  /// @return false if the writer came between
  boolean read(long place) {
    long hash = KeyHash.atPlace(place);
    long buckets = index.bucketsOpen();
    long bucket = BucketIndex.bucketOf(hash, buckets);
    int seen = index.sequence(bucket);
    if ((seen & 1) != 0 || !index.collect(bucket, seen, slots)) {
      return false;
    }
    boolean copied = copyAll();
    int bits = BucketIndex.bitsOf(bucket, buckets);
    if (!index.still(bucket, seen, hash) || BucketIndex.bitsOf(bucket, index.buckets()) != bits) {
      return false;
    }
    if (!copied) {
      throw new IllegalStateException(
          "expected records where the index says there are some: bucket="
              + bucket
              + "; the live memory is damaged, restart the replica from its snapshot");
    }
    long span = KeyHash.span(bits);
    start = place;
    end = (place & -span) + span;
    return true;
  }

  private boolean copyAll() {
    count = 0;
    for (int i = 0; i < slots.count(); i++) {
      Copy copy = copyAt(i);
      if (!copyKey(slots.record(i), copy) || !records.read(slots.record(i), copy.view)) {
        return false;
      }
      count++;
    }
    return true;
  }

  private boolean copyKey(long record, Copy copy) {
    copy.keyLength = records.readKey(record, copy.key);
    if (copy.keyLength == RecordHeap.KEY_TOO_LONG) {
      copy.key = new byte[Table.KEY_BYTES_MAX];
      copy.keyLength = records.readKey(record, copy.key);
    }
    return copy.keyLength >= 0;
  }

  private Copy copyAt(int i) {
    if (i == copies.size()) {
      copies.add(new Copy(RecordView.of(content)));
    }
    return copies.get(i);
  }

  /// Hands the records over that do not lie before the place asked for.
  ///
  /// @return how many
  int handTo(RecordSink sink) {
    int handed = 0;
    for (int i = 0; i < count; i++) {
      Copy copy = copies.get(i);
      if (KeyHash.place(KeyHash.of(copy.key, 0, copy.keyLength)) >= start) {
        sink.accept(copy.key, copy.keyLength, copy.view);
        handed++;
      }
    }
    return handed;
  }

  /// The place after the bucket's last.
  long end() {
    return end;
  }
}
