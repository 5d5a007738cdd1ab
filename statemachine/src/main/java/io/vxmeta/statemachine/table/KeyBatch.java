package io.vxmeta.statemachine.table;

import java.util.Arrays;
import java.util.Objects;

/// Keys to look up one after another, in any tables, so that their waits for memory overlap.
///
/// Threads: filled, read and used again by one thread. Allocates only to grow.
public final class KeyBatch {
  /* A look-up waits for two or three cache lines, one after the other: its bucket's, then its record's. So a window of keys is
   * hashed first, then all their buckets are loaded, then all records that the buckets name. The loads of one round do not
   * depend on each other, and the processor has about a dozen of them under way at a time, if so many fit into the few
   * hundred instructions that it looks ahead: so the loops that load do nothing else, and addresses are worked out before.
   * The look-up of each key is one attempt of the protocol in BucketIndex, stretched over the rounds: the bucket's sequence is
   * noted BEFORE the bucket is searched (round three), and looked at again after the record was copied (when the key's turn
   * comes). What the rounds between returned may be torn or old, and counts only if that second look agrees; else, and if
   * nothing was found, the key is looked up anew, now out of the cache.
   * Memory: key bytes are referred to, not copied, and must stay as they are until the keys were looked up. */

  /// Keys touched ahead: three lines each are a third of the first-level cache.
  private static final int WINDOW = 64;

  /// In a record's second line.
  private static final int SECOND = 64;

  /// In its third line, if a record of some 100 bytes has one.
  private static final int LAST = 104;

  private TableReader[] tables = new TableReader[WINDOW];
  private byte[][] buffers = new byte[WINDOW][];
  private int[] offsets = new int[WINDOW];
  private int[] lengths = new int[WINDOW];
  private long[] hashes = new long[WINDOW];
  private long[] buckets = new long[WINDOW];
  private int[] seen = new int[WINDOW];
  private long[] places = new long[WINDOW];

  /// Addresses of what is loaded next: buckets, then records.
  private long[] lines = new long[WINDOW];

  private int size;
  private int touched;

  /// Read by nobody: without it the compiler would leave out the loads.
  @SuppressWarnings("UnusedVariable")
  private long loaded;

  /// Forgets all keys.
  public void clear() {
    // A batch that waits for its next use keeps no closed table.
    Arrays.fill(tables, 0, size, null);
    size = 0;
    touched = 0;
  }

  public int size() {
    return size;
  }

  /// Adds a key of a table.
  public void add(TableReader table, byte[] buffer, int keyOffset, int keyLength) {
    Objects.checkFromIndexSize(keyOffset, keyLength, buffer.length);
    if (size == lengths.length) {
      grow();
    }
    tables[size] = table;
    buffers[size] = buffer;
    offsets[size] = keyOffset;
    lengths[size] = keyLength;
    size++;
  }

  private void grow() {
    tables = Arrays.copyOf(tables, size * 2);
    buffers = Arrays.copyOf(buffers, size * 2);
    offsets = Arrays.copyOf(offsets, size * 2);
    lengths = Arrays.copyOf(lengths, size * 2);
    hashes = Arrays.copyOf(hashes, size * 2);
    buckets = Arrays.copyOf(buckets, size * 2);
    seen = Arrays.copyOf(seen, size * 2);
    places = Arrays.copyOf(places, size * 2);
    lines = Arrays.copyOf(lines, size * 2);
  }

  /// Copies the record of a key as it is at one moment of this call; fastest when asked in the
  /// order of the keys. See [RecordView#copyValueTo] for values that go straight to the caller's
  /// buffer.
  ///
  /// @param key number of the key, in the order of [#add]
  /// @return whether there is a record
  public boolean get(int key, RecordView into) {
    while (touched <= Objects.checkIndex(key, size)) {
      touchWindow();
    }
    return foundAhead(key, into)
        || tables[key].get(hashes[key], buffers[key], offsets[key], lengths[key], into);
  }

  private boolean foundAhead(int key, RecordView into) {
    long place = places[key];
    return place != 0
        && tables[key].getAt(
            place,
            buckets[key],
            seen[key],
            hashes[key],
            buffers[key],
            offsets[key],
            lengths[key],
            into);
  }

  private void touchWindow() {
    int end = Math.min(size, touched + WINDOW);
    for (int i = touched; i < end; i++) {
      hashes[i] = KeyHash.of(buffers[i], offsets[i], lengths[i]);
    }
    for (int i = touched; i < end; i++) {
      buckets[i] = tables[i].bucketOf(hashes[i]);
      lines[i] = tables[i].line(buckets[i]);
    }
    long sum = loadFirst(lines, touched, end);
    for (int i = touched; i < end; i++) {
      seen[i] = tables[i].sequence(buckets[i]);
      places[i] = tables[i].recordPlace(buckets[i], hashes[i]);
      lines[i] = tables[i].recordLine(places[i]);
    }
    loaded += sum + loadAll(lines, touched, end);
    touched = end;
  }

  private static long loadFirst(long[] lines, int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += RawBytes.longAt(lines[i]);
    }
    return sum;
  }

  private static long loadAll(long[] lines, int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      long line = lines[i];
      sum += RawBytes.longAt(line) + RawBytes.longAt(line + SECOND) + RawBytes.longAt(line + LAST);
    }
    return sum;
  }
}
