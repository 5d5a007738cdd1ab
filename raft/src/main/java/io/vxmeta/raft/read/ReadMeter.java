package io.vxmeta.raft.read;

/// Hears of the rounds of a read barrier.
@FunctionalInterface
public interface ReadMeter {
  /// A round that began `nanos` ago released this many reads.
  void onRound(long nanos, int reads);
}
