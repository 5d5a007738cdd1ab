package io.vxmeta.statemachine.table;

import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryExhausted;
import io.vxmeta.statemachine.os.LiveRegion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The hash map of one shard in memory-mapped files: keys and values in bytes, versions, expiry,
/// flags.
///
/// Threads: every method belongs to ONE writer thread, except those of the [#reader] and of the
/// cuts.
public final class Table implements AutoCloseable {
  /* Invariants:
   *   - A write that throws has changed nothing that a reader, a count, the digest or a cut shows.
   *   - Whether a put is refused (TableFull) depends on the records and the configured limit alone, so that replicas agree; want of
   *     memory or disk is LiveMemoryExhausted, on which a replica must stop.
   * Order within a write: room first (may throw), blocks touched, the new record's bytes, then the bucket within its sequence, then
   * the old slots are freed, then counts. A put of the same slot size writes over the old record, within the sequence, so
   * that a hot key stays in the same lines. */

  /// The cursor after the last bucket.
  public static final long SCAN_END = -1;

  /// One past the last place that a scan's cursor can name.
  public static final long SCAN_PLACES = KeyHash.PLACES;

  /// A two-byte namespace and 4 KiB of the user's key.
  public static final int KEY_BYTES_MAX = 2 + (4 << 10);

  /// 1 MiB.
  public static final int VALUE_BYTES_MAX = 1 << 20;

  /// The create version is the old record's, or that of the write.
  private static final long FOLLOWS = 0;

  private final int shard;
  private final TableConfig config;
  private final LiveMemory memory;
  private final Path place;
  private final LiveFile indexFile;
  private final LiveFile heapFile;
  private final Heap heap;
  private final RecordHeap records;
  private final BucketIndex index;
  private final BucketWriter writer;
  private final TableReader reader;
  private final RecordView old = RecordView.whole();
  private final RecordDraft draft = new RecordDraft();
  private long count;
  private long digest;
  private long liveBytes;
  private long changes;
  private int incarnation;
  private int cuts;
  private @Nullable TableCut openCut;
  private @Nullable TableSteps steps;

  private Table(
      int shard,
      TableConfig config,
      LiveMemory memory,
      Path place,
      LiveFile indexFile,
      LiveFile heapFile) {
    this.shard = shard;
    this.config = config;
    this.memory = memory;
    this.place = place;
    this.indexFile = indexFile;
    this.heapFile = heapFile;
    heap = new Heap(heapFile, shard);
    records = new RecordHeap(heap);
    index = new BucketIndex(indexFile, heap, records, shard);
    writer = new BucketWriter(index, heap, records);
    reader = new TableReader(index, records);
  }

  /// A new, empty table; live files of the shard that lie at the place already are replaced, never
  /// read.
  ///
  /// @throws LiveMemoryExhausted if the machine has no room for it
  public static Table create(Path directory, int shard, TableConfig config, LiveMemory memory)
      throws IOException {
    Table table = map(directory, shard, config, memory);
    try {
      table.index.createFirst();
    } catch (LiveMemoryExhausted e) {
      table.close();
      throw e;
    }
    return table;
  }

  /// As [#create], of a shard that had another table before, which may not be closed yet but is
  /// retired.
  ///
  /// @param incarnation from 1, of no other table of the shard while the process runs: whoever
  ///   compares cuts is told by it that they are not of one table
  public static Table createAgain(
      Path directory, int shard, TableConfig config, LiveMemory memory, int incarnation)
      throws IOException {
    Table table = create(directory, shard, config, memory);
    table.incarnation = incarnation;
    return table;
  }

  /// A table with the bytes of `images`, the segments of ONE cut, in any order. Counts, digest and
  /// every record are checked.
  ///
  /// @throws IOException if a file cannot be read, or the images are not all segments of one sound
  ///   table of this shard
  /// @throws LiveMemoryExhausted if the machine has no room for it
  public static Table restore(
      Path directory, int shard, List<SegmentImage> images, TableConfig config, LiveMemory memory)
      throws IOException {
    TableImage image = TableImage.of(shard, images);
    Table table = map(directory, shard, config, memory);
    try {
      table.adopt(image);
    } catch (IOException | LiveMemoryExhausted e) {
      table.close();
      throw e;
    }
    return table;
  }

  private static Table map(Path directory, int shard, TableConfig config, LiveMemory memory)
      throws IOException {
    Path place = memory.placeFor(directory);
    String name = SegmentName.tableName(shard);
    LiveRegion index = memory.map(place.resolve(name + ".live-index"), config.indexBytesMax());
    try {
      LiveRegion heap = memory.map(place.resolve(name + ".live-heap"), config.heapBytesMax());
      return new Table(
          shard,
          config,
          memory,
          place,
          new LiveFile(SegmentName.Part.INDEX, index, config.segmentBytes()),
          new LiveFile(SegmentName.Part.HEAP, heap, config.segmentBytes()));
    } catch (IOException e) {
      index.close();
      throw e;
    }
  }

  private void adopt(TableImage image) throws IOException {
    TableHeader header = image.header();
    image.copyTo(indexFile, heapFile);
    heap.adopt(header.slabs());
    index.adopt(header.buckets());
    count = header.records();
    digest = header.digest();
    liveBytes = header.liveBytes();
    if (header.segmentBytes() == config.segmentBytes()) {
      indexFile.unchangedSoFar();
      heapFile.unchangedSoFar();
    }
    Verdict verdict = verify();
    if (!verdict.sound()) {
      throw new BadImage(
          "expected the segments of one sound table: shard="
              + shard
              + " problems="
              + verdict.problems());
    }
  }

  public int shard() {
    return shard;
  }

  /// The writer's own look-up.
  public boolean find(byte[] buffer, int keyOffset, int keyLength, RecordView into) {
    return reader.get(buffer, keyOffset, keyLength, into);
  }

  /// Writes a record; an existing one keeps its create version, a new one gets `version` as such.
  ///
  /// @param expiresAtMs leader time, 0: never
  /// @return whether there was one
  /// @throws TableFull BEFORE any change
  /// @throws LiveMemoryExhausted BEFORE any change
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
    checkKey(keyBuffer, keyOffset, keyLength);
    checkValue(valueBuffer, valueOffset, valueLength);
    draft.key(keyBuffer, keyOffset, keyLength);
    draft.value(valueBuffer, valueOffset, valueLength);
    return write(version, FOLLOWS, flags, expiresAtMs);
  }

  /// Writes a record that is a copy of another table's, with its create version.
  ///
  /// @return whether there was one
  /// @throws TableFull BEFORE any change
  /// @throws LiveMemoryExhausted BEFORE any change
  public boolean putCopy(
      byte[] buffer,
      int keyOffset,
      int keyLength,
      int valueOffset,
      int valueLength,
      long version,
      long createVersion,
      int flags,
      long expiresAtMs) {
    checkKey(buffer, keyOffset, keyLength);
    checkValue(buffer, valueOffset, valueLength);
    draft.key(buffer, keyOffset, keyLength);
    draft.value(buffer, valueOffset, valueLength);
    return write(version, createVersion, flags, expiresAtMs);
  }

  /// Writes the record whose key and value are drafted.
  ///
  /// @param createVersion or [#FOLLOWS]
  private boolean write(long version, long createVersion, int flags, long expiresAtMs) {
    long hash = KeyHash.of(draft.keyBuffer, draft.keyOffset, draft.keyLength);
    long bucket = index.bucketOf(hash);
    long found =
        index.find(
            bucket,
            index.sequence(bucket),
            hash,
            draft.keyBuffer,
            draft.keyOffset,
            draft.keyLength);
    boolean replaces = readOld(found);
    long kept = replaces ? old.createVersion() : version;
    draft.numbers(version, createVersion == FOLLOWS ? kept : createVersion, flags, expiresAtMs);
    long freed = replaces ? records.footprint(found) : 0;
    long added = draft.footprint() - freed;
    checkRoom(added);
    if (replaces) {
      overwrite(bucket, found);
    } else {
      insert(hash);
    }
    long digestAdded = RecordDigest.of(hash, draft) - (replaces ? RecordDigest.of(hash, old) : 0);
    changed(hash, replaces ? 0 : 1, added, digestAdded);
    draft.clear();
    return replaces;
  }

  /// Copies the record at `found`, if there is one, to `old`.
  private boolean readOld(long found) {
    if (found == BucketIndex.ABSENT) {
      return false;
    }
    if (!records.read(found, old)) {
      throw new IllegalStateException(
          "expected a record where the index says there is one: shard="
              + shard
              + " offset="
              + found
              + "; the live memory is damaged, restart the replica from its snapshot");
    }
    return true;
  }

  private void checkRoom(long added) {
    if (added > 0 && liveBytes + added > config.liveBytesMax()) {
      throw new TableFull(shard, liveBytes, added, config.liveBytesMax());
    }
  }

  private void overwrite(long bucket, long found) {
    if (records.fitsInPlace(found, draft)) {
      heapFile.touch(found);
      index.touch(bucket);
      index.open(bucket);
      records.write(found, draft);
      index.close(bucket);
      return;
    }
    long moved = records.allocate(draft);
    records.write(moved, draft);
    writer.replace(bucket, found, moved);
    records.free(found);
  }

  private void insert(long hash) {
    writer.growFor(count + 1);
    long bucket = index.bucketOf(hash);
    long added = records.allocate(draft);
    records.write(added, draft);
    try {
      writer.insert(bucket, KeyHash.fingerprint(hash), added);
    } catch (LiveMemoryExhausted e) {
      records.free(added);
      throw e;
    }
  }

  /// Deletes a record; needs no room.
  ///
  /// @return whether there was one
  public boolean delete(byte[] buffer, int keyOffset, int keyLength) {
    checkKey(buffer, keyOffset, keyLength);
    long hash = KeyHash.of(buffer, keyOffset, keyLength);
    long bucket = index.bucketOf(hash);
    long found = index.find(bucket, index.sequence(bucket), hash, buffer, keyOffset, keyLength);
    if (!readOld(found)) {
      return false;
    }
    long freed = records.footprint(found);
    writer.remove(bucket, found);
    records.free(found);
    changed(hash, -1, -freed, -RecordDigest.of(hash, old));
    return true;
  }

  private void changed(long hash, int recordsAdded, long bytesAdded, long digestAdded) {
    count += recordsAdded;
    liveBytes += bytesAdded;
    digest += digestAdded;
    changes++;
    TableSteps walk = steps;
    if (walk != null) {
      walk.changed(hash, recordsAdded, bytesAdded, digestAdded);
    }
  }

  private static void checkKey(byte[] buffer, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, buffer.length);
    if (length < 1 || length > KEY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "expected a key of 1 to " + KEY_BYTES_MAX + " bytes: key_bytes=" + length);
    }
  }

  private static void checkValue(byte[] buffer, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, buffer.length);
    if (length > VALUE_BYTES_MAX) {
      throw new IllegalArgumentException(
          "expected a value of at most " + VALUE_BYTES_MAX + " bytes: value_bytes=" + length);
    }
  }

  /// Where a key stands in a scan: the scan of a cursor up to this place hands over the keys before
  /// it.
  public static long scanPlace(byte[] keyBuffer, int keyOffset, int keyLength) {
    return KeyHash.place(KeyHash.of(keyBuffer, keyOffset, keyLength));
  }

  /// At most this much is added to [#liveBytes] by a put of these lengths.
  public static long footprintMax(int keyLength, int valueLength) {
    return RecordLayout.footprintMax(keyLength, valueLength);
  }

  /// Whether puts whose [#footprintMax] add up to `footprintBytes` cannot meet [TableFull]. Depends
  /// only on the records.
  public boolean hasRoomFor(long footprintBytes) {
    return footprintBytes <= config.liveBytesMax() - liveBytes;
  }

  /// A sum over all records' hashes (key, value, version, create version, flags, expiry): tables
  /// with the same records agree, whatever their history.
  public long digest() {
    return digest;
  }

  public long records() {
    return count;
  }

  /// The sum of all records' footprints in the heap; depends only on the records.
  public long liveBytes() {
    return liveBytes;
  }

  /// Puts and deletes that changed this table since it was made: a measure of its load, no part of
  /// its state.
  public long changes() {
    return changes;
  }

  /// Bytes of both files that are allocated and pre-faulted.
  public long mappedBytes() {
    return indexFile.preparedBytes() + heapFile.preparedBytes();
  }

  /// Bytes of both files that hold something: all but slabs that any record may take next.
  public long usedBytes() {
    return indexFile.usedBytes()
        + heapFile.usedBytes()
        - (long) heap.freeSlabs() * SizeClass.SLAB_BYTES;
  }

  /// Segments in use.
  public int segments() {
    return indexFile.segments() + heapFile.segments();
  }

  /// Of these, changed since the last cut.
  public int dirtySegments() {
    return indexFile.dirtySegments() + heapFile.dirtySegments();
  }

  /// Reads beside the writer; one reader can be shared by all threads.
  public TableReader reader() {
    return reader;
  }

  /// Freezes the segments as they are now, in microseconds.
  ///
  /// @throws IllegalStateException if the cut before is not closed
  public TableCut cut() {
    TableCut before = openCut;
    if (before != null && !before.closed()) {
      throw new IllegalStateException(
          "expected the cut before to be closed: shard=" + shard + " cut=" + before.number());
    }
    indexFile.touch(0);
    header().write(indexFile.bytes());
    Path spill = place.resolve(SegmentName.tableName(shard) + ".live-aside");
    CutAsides asides = new CutAsides(memory, spill);
    TableCut cut =
        new TableCut(
            new TableCut.Name(shard, incarnation, ++cuts),
            indexFile.cut(asides),
            heapFile.cut(asides),
            asides);
    openCut = cut;
    return cut;
  }

  private TableHeader header() {
    return new TableHeader(
        shard, config.segmentBytes(), index.buckets(), count, digest, liveBytes, heap.slabs());
  }

  /// Walks index, heap, free lists and counts.
  public Verdict verify() {
    return new TableWalk(index, heap, records).check(count, digest, liveBytes);
  }

  /// Starts the same in small steps, with writes between them; one walk at a time, to be closed.
  ///
  /// @throws IllegalStateException if the walk before is not closed
  public TableSteps verifyInSteps() {
    if (steps != null) {
      throw new IllegalStateException(
          "expected the walk before to be closed: shard=" + shard + "; verify one after the other");
    }
    TableSteps walk = new TableSteps(this, index, heap, records);
    steps = walk;
    return walk;
  }

  void endSteps(TableSteps walk) {
    if (steps == walk) {
      steps = null;
    }
  }

  /// Ends the use of a table whose cut may still be open: readers fail with [IllegalStateException]
  /// from now on, and another table may take its place. The memory goes with [#close].
  public void retire() {
    index.close();
    try {
      indexFile.unlink();
      heapFile.unlink();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot delete live files: shard=" + shard + " directory=" + place, e);
    }
  }

  /// Whether a cut must be closed BEFORE this table.
  public boolean isHeldByCut() {
    TableCut cut = openCut;
    return cut != null && !cut.closed();
  }

  /// Gives the memory back and deletes the live files. Readers fail with [IllegalStateException]
  /// from then on; close cuts BEFORE.
  @Override
  public void close() {
    index.close();
    try (heapFile) {
      indexFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot delete live files: shard=" + shard + " directory=" + place, e);
    }
  }
}
