package io.vxmeta.raft.write;

import io.vxmeta.raft.ratis.RatisSettings;
import io.vxmeta.statemachine.batch.Limits;

/// Bounds of one group's write path.
///
/// @param entryBytes a log entry is closed when it has this many bytes; a larger transaction
///   travels alone
/// @param entrySteps and when applying it costs this many simple mutations, about: one entry is one
///   uninterrupted piece of apply work
/// @param entriesInFlight log entries proposed and not yet answered
/// @param pipelinedBytes while an entry is in flight, the next one is proposed only when so many
///   bytes wait for it: an entry costs three nodes a message, a flush and their answers, whatever
///   it holds
/// @param queuedBytes transactions waiting for their entry; beyond it writes are refused, not
///   queued
public record WriteLimits(
    int entryBytes, int entrySteps, int entriesInFlight, int pipelinedBytes, long queuedBytes) {
  public static final WriteLimits DEFAULT =
      new WriteLimits(256 << 10, 2_000, 6, 16 << 10, 16L << 20);

  public WriteLimits {
    if (entryBytes < 1 || entrySteps < 1 || entriesInFlight < 1 || pipelinedBytes < 1) {
      throw new IllegalArgumentException("expected positive write limits");
    }
    if (pipelinedBytes > entryBytes) {
      throw new IllegalArgumentException(
          "an entry is worth its own message at the latest when it is full; pipelinedBytes="
              + pipelinedBytes
              + " entryBytes="
              + entryBytes);
    }
    if (queuedBytes < Limits.TRANSACTION_BYTES_MAX) {
      throw new IllegalArgumentException(
          "expected room for the largest transaction; queuedBytes="
              + queuedBytes
              + " transactionBytesMax="
              + Limits.TRANSACTION_BYTES_MAX);
    }
    if (Limits.BATCH_BYTES_MAX > RatisSettings.ENTRY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "the largest batch must fit into a log entry; batchBytesMax="
              + Limits.BATCH_BYTES_MAX
              + " entryBytesMax="
              + RatisSettings.ENTRY_BYTES_MAX);
    }
  }
}
