package io.vxmeta.statemachine;

/// How much one shard's table holds at one moment.
///
/// @param changes puts and deletes that changed it since this replica made it; begins anew when a
///   snapshot is installed
/// @param liveBytes the records' footprints
/// @param segments in use
/// @param dirtySegments of these, changed since the last cut
public record TableUsage(
    int shard, long changes, long records, long liveBytes, long segments, long dirtySegments) {}
