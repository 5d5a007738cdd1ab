package io.vxmeta.raft.trace;

/// What became of the spans of a node since its start.
public interface SpanCounts {
  /// Taken by the collector.
  long exported();

  /// Sent, and not taken.
  long failed();

  /// Not even sent, because too many waited.
  long dropped();
}
