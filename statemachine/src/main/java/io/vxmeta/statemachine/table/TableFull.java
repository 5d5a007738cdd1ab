package io.vxmeta.statemachine.table;

/// A put was refused because the table's live bytes would pass their limit; nothing was changed.
///
/// Depends only on the records in the table, never on its history, so that all replicas refuse the
/// same put.
public final class TableFull extends RuntimeException {

  private static final long serialVersionUID = 1;

  TableFull(int shard, long liveBytes, long wantedBytes, long liveBytesMax) {
    super(
        "expected room for the record: shard="
            + shard
            + " live_bytes="
            + liveBytes
            + " wanted_bytes="
            + wantedBytes
            + " live_bytes_max="
            + liveBytesMax
            + "; a shard's table takes no more, delete records");
  }
}
