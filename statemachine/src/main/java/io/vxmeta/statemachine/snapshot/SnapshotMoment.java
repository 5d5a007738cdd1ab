package io.vxmeta.statemachine.snapshot;

/// The point of a group's history that a snapshot holds.
///
/// @param term of the last log entry in it
/// @param index of the last log entry in it
/// @param revision transactions applied
/// @param digest of the entire state; a restored state must come to the same
/// @param records in all tables
public record SnapshotMoment(long term, long index, long revision, long digest, long records) {
  public SnapshotMoment {
    if (term < 0 || index < 0 || revision < 0 || records < 0) {
      throw new IllegalArgumentException(
          "expected a moment without negative numbers; term="
              + term
              + " index="
              + index
              + " revision="
              + revision
              + " records="
              + records
              + "; this is an error of the caller");
    }
  }
}
