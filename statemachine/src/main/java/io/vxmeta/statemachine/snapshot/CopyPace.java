package io.vxmeta.statemachine.snapshot;

/// Told of every segment that a snapshot copied, on the thread that copies; returns when the next
/// one may be copied.
@FunctionalInterface
public interface CopyPace {
  /// As fast as the disk can.
  CopyPace UNPACED = _ -> {};

  void copied(long bytes);
}
