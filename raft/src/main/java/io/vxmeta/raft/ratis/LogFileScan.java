package io.vxmeta.raft.ratis;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// One log file read from end to end, record by record.
///
/// @param records that are whole
/// @param lastAt where the last of them begins
/// @param wholeBytes where they end
/// @param problem in words, unless the end is clean
record LogFileScan(long records, int lastAt, int wholeBytes, End end, String problem) {
  /* Layout of a file, by Ratis 3: "RaftLog1", then records: length (varint), that many bytes, CRC32C of both (big-endian).
   *   Zeros follow up to where the file was allocated.
   * Torn: a record is flushed before it is acknowledged, and the disk takes whole pages. So a bad last record whose bytes
   *   end exactly where a page ends, with nothing but zeros behind, was never flushed. Rot flips bits and leaves the end of a
   *   record in place, and a damaged length leaves it anywhere; both are damage, as is everything else.
   */
  private static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.US_ASCII);
  private static final int PAGE_BYTES = 4_096;
  private static final int VARINT_BYTES_MAX = 5;

  /// How a file ends.
  enum End {
    CLEAN,
    TORN,
    DAMAGED
  }

  static LogFileScan of(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int used = used(bytes);
    if (!Arrays.equals(
        bytes, 0, Math.min(used, HEADER.length), HEADER, 0, Math.min(used, HEADER.length))) {
      return new LogFileScan(
          0, 0, 0, End.DAMAGED, "expected the header of a log file; file=" + file);
    }
    CRC32C crc = new CRC32C();
    int position = HEADER.length;
    int last = 0;
    long records = 0;
    while (position < used) {
      int end = recordEnd(bytes, position);
      if (end < 0 || !isWhole(bytes, position, end, crc)) {
        return bad(file, records, last, position, used, end);
      }
      last = position;
      position = end;
      records++;
    }
    return new LogFileScan(records, last, position, End.CLEAN, "");
  }

  private static LogFileScan bad(
      Path file, long records, int last, int position, int used, int end) {
    // Without a length, only if the page ends inside it; with one, only if more is missing than a
    // checksum of zeros.
    boolean incomplete = end < 0 ? used - position < VARINT_BYTES_MAX : end - Integer.BYTES > used;
    boolean torn = used % PAGE_BYTES == 0 && incomplete;
    return new LogFileScan(
        records,
        last,
        position,
        torn ? End.TORN : End.DAMAGED,
        "expected whole records; file="
            + file
            + " records="
            + records
            + " badRecordAt="
            + position
            + " usedBytes="
            + used);
  }

  /// Where the record's checksum ends, which may be behind the file's end; -1 if it has no possible
  /// length.
  private static int recordEnd(byte[] bytes, int position) {
    int length = 0;
    for (int i = 0; i < VARINT_BYTES_MAX && position + i < bytes.length; i++) {
      int next = bytes[position + i];
      length |= (next & 0x7f) << (7 * i);
      if (next >= 0) {
        boolean possible = length > 0 && length <= RatisSettings.APPENDER_BYTES;
        return possible ? position + i + 1 + length + Integer.BYTES : -1;
      }
    }
    return -1;
  }

  private static boolean isWhole(byte[] bytes, int position, int end, CRC32C crc) {
    if (end > bytes.length) {
      return false;
    }
    crc.reset();
    crc.update(bytes, position, end - Integer.BYTES - position);
    return ByteBuffer.wrap(bytes).getInt(end - Integer.BYTES) == (int) crc.getValue();
  }

  /// Bytes before the zeros at the end.
  private static int used(byte[] bytes) {
    int used = bytes.length;
    while (used > 0 && bytes[used - 1] == 0) {
      used--;
    }
    return used;
  }
}
