package io.vxmeta.raft.write;

/// Hears of the entries that a coalescer proposes.
public interface WriteMeter {
  void onProposed(int transactions, int bytes);

  /// All answers of an entry were given, this long after it was proposed.
  void onAnswered(long nanos);

  /// One transaction was told that it is not written.
  void onRefused(WriteRefusal.Reason reason);
}
