package io.vxmeta.statemachine.table;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/// The counts of a table as of a cut, in the first bytes of its index.
///
/// @param segmentBytes segment size of the table that was cut
/// @param slabs of the heap, used or not
record TableHeader(
    int shard,
    int segmentBytes,
    long buckets,
    long records,
    long digest,
    long liveBytes,
    int slabs) {
  /* Little-endian: magic u64 | format u32 | shard u32 | segment bytes u32 | slab bytes u32 | buckets u64 | records u64 | digest u64
   * | live bytes u64 | slabs u32 | 0 u32 | CRC32C of all before u32. Zeros to the first bucket. */

  private static final long MAGIC = 0x0A45_4C42_4154_5856L; // "VXTABLE\n"
  private static final int FORMAT = 1;
  private static final int FORMAT_AT = 8;
  private static final int SHARD_AT = 12;
  private static final int SEGMENT_BYTES_AT = 16;
  private static final int SLAB_BYTES_AT = 20;
  private static final int BUCKETS_AT = 24;
  private static final int RECORDS_AT = 32;
  private static final int DIGEST_AT = 40;
  private static final int LIVE_BYTES_AT = 48;
  private static final int SLABS_AT = 56;
  private static final int CHECK_AT = 64;

  /// Length of the header.
  static final int BYTES = 68;

  void write(MemorySegment memory) {
    Bytes.putLong(memory, 0, MAGIC);
    Bytes.putInt(memory, FORMAT_AT, FORMAT);
    Bytes.putInt(memory, SHARD_AT, shard);
    Bytes.putInt(memory, SEGMENT_BYTES_AT, segmentBytes);
    Bytes.putInt(memory, SLAB_BYTES_AT, SizeClass.SLAB_BYTES);
    Bytes.putLong(memory, BUCKETS_AT, buckets);
    Bytes.putLong(memory, RECORDS_AT, records);
    Bytes.putLong(memory, DIGEST_AT, digest);
    Bytes.putLong(memory, LIVE_BYTES_AT, liveBytes);
    Bytes.putInt(memory, SLABS_AT, slabs);
    Bytes.putInt(memory, CHECK_AT, check(memory));
  }

  private static int check(MemorySegment memory) {
    CRC32C crc = new CRC32C();
    crc.update(memory.asSlice(0, CHECK_AT).asByteBuffer());
    return (int) crc.getValue();
  }

  /// @throws BadImage if this is not the header of `shard`, or one of another format
  static TableHeader read(MemorySegment memory, int shard) throws BadImage {
    if (memory.byteSize() < BYTES || Bytes.longAt(memory, 0) != MAGIC) {
      throw new BadImage("expected a table's index: shard=" + shard);
    }
    if (Bytes.intAt(memory, FORMAT_AT) != FORMAT) {
      throw new BadImage(
          "expected index format "
              + FORMAT
              + ": shard="
              + shard
              + " format="
              + Bytes.intAt(memory, FORMAT_AT),
          "start the version of vx-meta that wrote it, or a newer one");
    }
    if (Bytes.intAt(memory, CHECK_AT) != check(memory)) {
      throw new BadImage("expected the index header's checksum: shard=" + shard);
    }
    if (Bytes.intAt(memory, SHARD_AT) != shard
        || Bytes.intAt(memory, SLAB_BYTES_AT) != SizeClass.SLAB_BYTES) {
      throw new BadImage(
          "expected the index of shard "
              + shard
              + " with slabs of "
              + SizeClass.SLAB_BYTES
              + " bytes: shard="
              + Bytes.intAt(memory, SHARD_AT)
              + " slab_bytes="
              + Bytes.intAt(memory, SLAB_BYTES_AT));
    }
    return new TableHeader(
        shard,
        Bytes.intAt(memory, SEGMENT_BYTES_AT),
        Bytes.longAt(memory, BUCKETS_AT),
        Bytes.longAt(memory, RECORDS_AT),
        Bytes.longAt(memory, DIGEST_AT),
        Bytes.longAt(memory, LIVE_BYTES_AT),
        Bytes.intAt(memory, SLABS_AT));
  }

  long indexBytes() {
    return BucketIndex.address(buckets);
  }

  long heapBytes() {
    return (long) slabs << Heap.SLAB_SHIFT;
  }
}
