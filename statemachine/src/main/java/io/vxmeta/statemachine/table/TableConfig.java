package io.vxmeta.statemachine.table;

/// Sizes of a table's files.
///
/// @param segmentBytes size of a segment, a power of two, 64 KiB to 64 MiB: one file of a snapshot
/// @param indexBytesMax address space kept for the index; when it is used up the index stops
///   growing and chains get longer
/// @param heapBytesMax address space kept for records, at most [#HEAP_BYTES_LIMIT]
/// @param liveBytesMax limit for the sum of all records' footprints; must be the SAME on all
///   replicas, because it decides who refuses a put
public record TableConfig(
    int segmentBytes, long indexBytesMax, long heapBytesMax, long liveBytesMax) {

  /// 1 MiB: a 3 GB shard is 3,000 files of a snapshot, and one changed record costs at most this
  /// much copying.
  public static final int SEGMENT_BYTES = 1 << 20;

  /// 4 GiB hold 64 Mi buckets, at the usual filling 350 million records.
  public static final long INDEX_BYTES_MAX = 4L << 30;

  /// 32 GiB: what 32 bits of 8-byte units address.
  public static final long HEAP_BYTES_LIMIT = 32L << 30;

  /// Half of the heap: partly filled slabs and index overflow never fill the rest.
  public static final long LIVE_BYTES_MAX = 16L << 30;

  private static final int SEGMENT_BYTES_MIN = 64 << 10;
  private static final int SEGMENT_BYTES_LIMIT = 64 << 20;

  public TableConfig {
    if (Integer.bitCount(segmentBytes) != 1
        || segmentBytes < SEGMENT_BYTES_MIN
        || segmentBytes > SEGMENT_BYTES_LIMIT) {
      throw new IllegalArgumentException(
          "expected a power of two from 64 KiB to 64 MiB: segmentBytes=" + segmentBytes);
    }
    requireWholeSegments("indexBytesMax", indexBytesMax, segmentBytes);
    requireWholeSegments("heapBytesMax", heapBytesMax, segmentBytes);
    if (heapBytesMax > HEAP_BYTES_LIMIT) {
      throw new IllegalArgumentException(
          "expected at most " + HEAP_BYTES_LIMIT + ": heapBytesMax=" + heapBytesMax);
    }
    if (liveBytesMax <= 0 || liveBytesMax > heapBytesMax) {
      throw new IllegalArgumentException(
          "expected a limit over 0 and at most heapBytesMax="
              + heapBytesMax
              + ": liveBytesMax="
              + liveBytesMax);
    }
  }

  private static void requireWholeSegments(String name, long bytes, int segmentBytes) {
    if (bytes <= 0 || bytes % segmentBytes != 0) {
      throw new IllegalArgumentException(
          "expected a multiple of segmentBytes=" + segmentBytes + ": " + name + "=" + bytes);
    }
  }

  public static TableConfig defaults() {
    return new TableConfig(SEGMENT_BYTES, INDEX_BYTES_MAX, HEAP_BYTES_LIMIT, LIVE_BYTES_MAX);
  }

  public TableConfig withSegmentBytes(int newSegmentBytes) {
    return new TableConfig(newSegmentBytes, indexBytesMax, heapBytesMax, liveBytesMax);
  }

  public TableConfig withIndexBytesMax(long newIndexBytesMax) {
    return new TableConfig(segmentBytes, newIndexBytesMax, heapBytesMax, liveBytesMax);
  }

  public TableConfig withHeapBytesMax(long newHeapBytesMax) {
    return new TableConfig(segmentBytes, indexBytesMax, newHeapBytesMax, liveBytesMax);
  }

  public TableConfig withLiveBytesMax(long newLiveBytesMax) {
    return new TableConfig(segmentBytes, indexBytesMax, heapBytesMax, newLiveBytesMax);
  }
}
