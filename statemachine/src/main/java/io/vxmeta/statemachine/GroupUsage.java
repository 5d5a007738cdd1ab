package io.vxmeta.statemachine;

/// How much a group holds at one moment, for metrics and status.
///
/// @param records in all tables
/// @param liveBytes the records' footprints
/// @param mappedBytes allocated for tables
/// @param segments in use
/// @param dirtySegments of these, changed since the last cut
/// @param producers remembered
/// @param rememberedBytes of the producers' first answers
public record GroupUsage(
    long records,
    long liveBytes,
    long mappedBytes,
    long segments,
    long dirtySegments,
    int producers,
    long rememberedBytes) {

  /// Part of the segments that the next snapshot has to copy, 0 to 1.
  public double dirtyRatio() {
    return segments == 0 ? 0 : (double) dirtySegments / segments;
  }
}
