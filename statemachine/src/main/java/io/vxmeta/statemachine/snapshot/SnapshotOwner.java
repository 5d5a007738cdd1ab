package io.vxmeta.statemachine.snapshot;

/// Whose snapshots these are: those of another cluster or group are never used.
///
/// @param clusterId as in the configuration
/// @param group shard group, 0 = root
public record SnapshotOwner(String clusterId, int group) {}
