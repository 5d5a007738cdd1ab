package io.vxmeta.statemachine.batch;

import static io.vxmeta.statemachine.batch.BatchLayout.*;

import java.util.Arrays;
import java.util.zip.CRC32C;

/// Puts encoded transactions behind one header: the bytes of one Raft log entry.
///
/// Use: `append` until it refuses or the coalescer has enough, then `seal`, which empties the
/// writer for the next batch.
public final class BatchWriter {
  /* Threads: one at a time. Memory: the buffer never exceeds `bytesMax` and is kept between batches; `seal` returns a
   * copy of exactly the right size, because Raft keeps the bytes until the entry leaves its cache.
   */

  private static final int INITIAL_BYTES = 16 << 10;

  private final int bytesMax;
  private byte[] buffer;
  private int size = HEADER_BYTES;
  private int transactions;
  private int formatVersion = FORMAT_VERSION_FIRST;

  /// A writer of batches of at most [Limits#BATCH_BYTES_MAX].
  public BatchWriter() {
    this(Limits.BATCH_BYTES_MAX);
  }

  /// A writer of batches of at most `bytesMax`; a larger transaction still gets a batch of its own.
  public BatchWriter(int bytesMax) {
    if (bytesMax < HEADER_BYTES || bytesMax > Limits.BATCH_BYTES_MAX) {
      throw new IllegalArgumentException(
          "expected a batch limit of "
              + HEADER_BYTES
              + ".."
              + Limits.BATCH_BYTES_MAX
              + " bytes; bytesMax="
              + bytesMax
              + "; correct the coalescer's limits");
    }
    this.bytesMax = bytesMax;
    this.buffer = new byte[Math.min(INITIAL_BYTES, Limits.BATCH_BYTES_MAX)];
  }

  /// Appends a transaction; false, and nothing changed, if the batch must be sealed first.
  public boolean append(EncodedTransaction transaction) {
    int end = size + transaction.length();
    if (transactions > 0 && end > bytesMax) {
      return false;
    }
    if (end > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.min(Limits.BATCH_BYTES_MAX, Math.max(end, 2 * size)));
    }
    transaction.copyTo(buffer, size);
    size = end;
    transactions++;
    formatVersion = Math.max(formatVersion, transaction.formatVersion());
    return true;
  }

  /// Transactions appended since the last `seal`.
  public int transactions() {
    return transactions;
  }

  /// Bytes of the batch so far, header included.
  public int size() {
    return size;
  }

  /// Finishes the batch and empties the writer.
  ///
  /// @param leaderTimeMs the leader's clock, milliseconds since 1970: the only time that apply
  ///   knows
  public byte[] seal(long leaderTimeMs) {
    if (transactions == 0 || leaderTimeMs < 0) {
      throw new IllegalStateException(
          "expected a batch with transactions and a leader time of 0 or more; transactions="
              + transactions
              + " leaderTimeMs="
              + leaderTimeMs
              + "; append before seal");
    }
    byte[] batch = Arrays.copyOf(buffer, size);
    LittleEndian.i32(batch, MAGIC_AT, MAGIC);
    LittleEndian.u16(batch, VERSION_AT, formatVersion);
    LittleEndian.u16(batch, FLAGS_AT, 0);
    LittleEndian.i32(batch, TOTAL_BYTES_AT, size);
    LittleEndian.i64(batch, LEADER_TIME_AT, leaderTimeMs);
    LittleEndian.i32(batch, TRANSACTIONS_AT, transactions);
    LittleEndian.i32(batch, RESERVED_AT, 0);
    CRC32C crc = new CRC32C();
    crc.update(batch, CHECKED_FROM, size - CHECKED_FROM);
    LittleEndian.i32(batch, CRC_AT, (int) crc.getValue());
    size = HEADER_BYTES;
    transactions = 0;
    formatVersion = FORMAT_VERSION_FIRST;
    return batch;
  }
}
