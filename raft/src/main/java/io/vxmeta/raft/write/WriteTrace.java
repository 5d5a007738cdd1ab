package io.vxmeta.raft.write;

/// Follows one write through the coalescer, the log and the table. Most writes have none.
///
/// The methods are called in this order, on whatever thread is at it; a write that is refused, or
/// whose entry is lost, gets no further.
public interface WriteTrace {
  /// Its log entry is on its way, with this many transactions and bytes in it.
  void onProposed(int transactions, int bytes);

  /// On the apply thread: a majority has the entry, and applying it begins.
  void onCommitted();

  /// On the apply thread: its answer is known.
  void onApplied();
}
