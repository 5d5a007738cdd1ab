package io.vxmeta.statemachine;

/// Fingerprints of a group's state at one moment.
///
/// @param appliedIndex index of the last log entry in it
/// @param revision transactions applied
/// @param records records in all tables
/// @param digest of the records and the revision: equal on all replicas whose revision is equal
/// @param entireDigest of that and of all that later answers depend on (producers, leader time):
///   equal on all replicas whose applied index is equal. Between two equal revisions it may differ,
///   because a failed compare is remembered too
public record StateDigest(
    long appliedIndex, long revision, long records, long digest, long entireDigest) {}
