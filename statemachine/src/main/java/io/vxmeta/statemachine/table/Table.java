package io.vxmeta.statemachine.table;

import io.vxmeta.statemachine.os.LiveMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The hash map of one shard in memory-mapped files: keys and values in bytes, versions, expiry,
/// flags.
///
/// Threads: every method belongs to ONE writer thread, except those of the [#reader] and of the
/// cuts.
@SuppressWarnings("DoNotCallSuggester") // signatures first
public final class Table implements AutoCloseable {

  /// The cursor after the last bucket.
  public static final long SCAN_END = -1;

  /// A two-byte namespace and 4 KiB of the user's key.
  public static final int KEY_BYTES_MAX = 2 + (4 << 10);

  /// 1 MiB.
  public static final int VALUE_BYTES_MAX = 1 << 20;

  Table() {}

  /// A new, empty table; live files of the shard that lie at the place already are replaced, never
  /// read.
  public static Table create(Path directory, int shard, TableConfig config, LiveMemory memory)
      throws IOException {
    throw new UnsupportedOperationException("not built yet");
  }

  /// A table with the bytes of `images`, the segments of ONE cut, in any order. Counts, digest and
  /// every record are checked.
  ///
  /// @throws IOException if a file cannot be read, or the images are not all segments of one sound
  ///   table of this shard
  public static Table restore(
      Path directory, int shard, List<SegmentImage> images, TableConfig config, LiveMemory memory)
      throws IOException {
    throw new UnsupportedOperationException("not built yet");
  }

  public int shard() {
    throw new UnsupportedOperationException("not built yet");
  }

  /// The writer's own look-up.
  public boolean find(byte[] buffer, int keyOffset, int keyLength, RecordView into) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Writes a record; an existing one keeps its create version, a new one gets `version` as such.
  ///
  /// @param expiresAtMs leader time, 0: never
  /// @return whether there was one
  /// @throws TableFull BEFORE any change
  public boolean put(
      byte[] keyBuffer,
      int keyOffset,
      int keyLength,
      byte[] valueBuffer,
      int valueOffset,
      int valueLength,
      long version,
      int flags,
      long expiresAtMs) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Deletes a record; needs no room.
  ///
  /// @return whether there was one
  public boolean delete(byte[] buffer, int keyOffset, int keyLength) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// At most this much is added to [#liveBytes] by a put of these lengths.
  public static long footprintMax(int keyLength, int valueLength) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Whether puts whose [#footprintMax] add up to `footprintBytes` cannot meet [TableFull]. Depends
  /// only on the records.
  public boolean hasRoomFor(long footprintBytes) {
    throw new UnsupportedOperationException("not built yet");
  }

  /// A sum over all records' hashes (key, value, version, create version, flags, expiry): tables
  /// with the same records agree, whatever their history.
  public long digest() {
    throw new UnsupportedOperationException("not built yet");
  }

  public long records() {
    throw new UnsupportedOperationException("not built yet");
  }

  /// The sum of all records' footprints in the heap; depends only on the records.
  public long liveBytes() {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Bytes of both files that are allocated and pre-faulted.
  public long mappedBytes() {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Segments in use.
  public int segments() {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Of these, changed since the last cut.
  public int dirtySegments() {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Reads beside the writer; one reader can be shared by all threads.
  public TableReader reader() {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Freezes the segments as they are now, in microseconds.
  ///
  /// @throws IllegalStateException if the cut before is not closed
  public TableCut cut() {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Walks index, heap, free lists and counts.
  public Verdict verify() {
    throw new UnsupportedOperationException("not built yet");
  }

  /// Unmaps and deletes the live files. Readers and open cuts fail with [IllegalStateException]
  /// from then on.
  @Override
  public void close() {
    throw new UnsupportedOperationException("not built yet");
  }
}
