package io.vxmeta.statemachine;

/// A fingerprint of a group's whole state at one revision.
///
/// @param appliedIndex index of the last log entry in it
/// @param revision transactions applied
/// @param digest equal on all replicas whose applied index is equal
/// @param records records in all tables
public record StateDigest(long appliedIndex, long revision, long digest, long records) {}
