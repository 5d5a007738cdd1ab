package io.vxmeta.statemachine.table;

/// Reads a table beside its writer: never a torn record, never a wait for a lock, never in the
/// writer's way.
///
/// Threads: any number may share one reader; the views belong to their threads.
public final class TableReader {
  /* Each read is an attempt of the protocol in BucketIndex: note the bucket's sequence, copy, look again. What an attempt put
   * into a view or buffer counts only if the second look agrees; else it is tried again. A writer between two readers' looks
   * costs an attempt, so a reader of a bucket that changes all the time may try often; it never holds the writer up.
   * Nothing is kept in this object between calls. */

  /// After so many attempts the writer has probably lost its processor within a change.
  private static final int SPINS = 64;

  private final BucketIndex index;
  private final RecordHeap records;

  TableReader(BucketIndex index, RecordHeap records) {
    this.index = index;
    this.records = records;
  }

  /// Copies the record of a key as it is at one moment of this call.
  ///
  /// @return whether there is one
  /// @throws IllegalStateException if the table is closed
  public boolean get(byte[] buffer, int keyOffset, int keyLength, RecordView into) {
    return get(KeyHash.of(buffer, keyOffset, keyLength), buffer, keyOffset, keyLength, into);
  }

  boolean get(long hash, byte[] buffer, int keyOffset, int keyLength, RecordView into) {
    for (int attempt = 0; ; attempt++) {
      long bucket = index.bucketOf(hash);
      int seen = index.sequence(bucket);
      if ((seen & 1) == 0) {
        long record = index.find(bucket, seen, hash, buffer, keyOffset, keyLength);
        boolean copied = record > 0 && records.read(record, into);
        if (index.still(bucket, seen, hash)) {
          return settle(record, copied, bucket, seen, into);
        }
      }
      pause(attempt);
    }
  }

  private static boolean settle(
      long record, boolean copied, long bucket, int seen, RecordView into) {
    if (record == BucketIndex.ABSENT) {
      into.clear();
    } else if (!copied) {
      throw new IllegalStateException(
          "expected a record where the index says there is one: bucket="
              + bucket
              + " offset="
              + record
              + "; the live memory is damaged, restart the replica from its snapshot");
    }
    into.seenAt(bucket, seen);
    return copied;
  }

  /// Where `hash` belongs now.
  long bucketOf(long hash) {
    return index.bucketOf(hash);
  }

  /// The bucket's sequence, for [#getAt].
  int sequence(long bucket) {
    return index.sequence(bucket);
  }

  /// The address of the bucket's line, of which a word may be loaded.
  long line(long bucket) {
    return index.line(bucket);
  }

  /// Where the record of `hash` most likely lies, 0 if there seems to be none.
  long recordPlace(long bucket, long hash) {
    return index.recordPlace(bucket, hash);
  }

  /// One attempt of a look-up that began when the bucket's sequence was `seen` and found `place`
  /// after that. False says nothing.
  boolean getAt(
      long place,
      long bucket,
      int seen,
      long hash,
      byte[] buffer,
      int keyOffset,
      int keyLength,
      RecordView into) {
    if ((seen & 1) == 0
        && records.readIfKey(place, buffer, keyOffset, keyLength, into)
        && index.still(bucket, seen, hash)) {
      into.seenAt(bucket, seen);
      return true;
    }
    return false;
  }

  /// The address of a [#recordPlace], or another one if that is none: [RecordHeap#LINES_AHEAD]
  /// bytes may be loaded from it.
  long recordLine(long place) {
    return records.line(place, index.header());
  }

  @SuppressWarnings(
      "ThreadPriorityCheck") // Yields to a writer that lost its processor; nothing relies on it.
  private static void pause(int attempt) {
    if (attempt < SPINS) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }

  /// Whether the key's record, or its absence, has been the same all the time since `seen` was
  /// filled by this table for the same key. False may be a false alarm, true never is.
  public boolean unchanged(byte[] buffer, int keyOffset, int keyLength, RecordView seen) {
    long hash = KeyHash.of(buffer, keyOffset, keyLength);
    long bucket = index.bucketOf(hash);
    int now = index.sequence(bucket);
    return seen.seenAs(bucket, now) && index.still(bucket, now, hash);
  }

  /// Hands over whole buckets until at least `recordsMin` records went to `sink`, values included.
  ///
  /// A cursor is a place in the order of hashes and depends on nothing else: it survives growth, a
  /// restart and a change of replica. Every key that is in the table throughout the scan is handed
  /// over exactly once; of keys that come or go meanwhile, some.
  ///
  /// @param cursor 0 to start, then what the last call returned
  /// @return the next cursor, or [Table#SCAN_END]
  public long scan(long cursor, int recordsMin, RecordSink sink) {
    return scan(cursor, recordsMin, RecordView.Content.WHOLE, sink);
  }

  /// As [#scan(long, int, RecordSink)], with values only if `like` copies them; the sink gets other
  /// views.
  public long scan(long cursor, int recordsMin, RecordView like, RecordSink sink) {
    return scan(cursor, recordsMin, like.content(), sink);
  }

  /// As [#scan(long, int, RecordSink)], with or without the values.
  public long scan(long cursor, int recordsMin, RecordView.Content content, RecordSink sink) {
    if (cursor < 0 || cursor >= KeyHash.PLACES) {
      throw new IllegalArgumentException(
          "expected 0 or a cursor that a scan returned: cursor=" + cursor);
    }
    ScanPage page = new ScanPage(index, records, content);
    long place = cursor;
    int handed = 0;
    do {
      int attempt = 0;
      while (!page.read(place)) {
        pause(attempt++);
      }
      handed += page.handTo(sink);
      place = page.end();
    } while (handed < recordsMin && place < KeyHash.PLACES);
    return place < KeyHash.PLACES ? place : Table.SCAN_END;
  }
}
