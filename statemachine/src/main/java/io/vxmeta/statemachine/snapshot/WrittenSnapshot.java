package io.vxmeta.statemachine.snapshot;

/// A snapshot that just became durable, and what it cost.
///
/// @param snapshot where it is
/// @param copiedBytes written anew; the rest are links to files of the one before
public record WrittenSnapshot(Snapshot snapshot, long copiedBytes) {}
