package io.vxmeta.raft.ratis;

/// Hears how long applying a log entry took.
@FunctionalInterface
public interface ApplyMeter {
  void onApplied(long nanos);
}
