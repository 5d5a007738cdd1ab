package io.vxmeta.raft.ratis;

/// Fingerprint of a replica's whole state right after one log entry: equal on all replicas of the
/// group.
public record IndexDigest(long index, long digest) {}
