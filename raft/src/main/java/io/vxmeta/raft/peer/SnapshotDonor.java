package io.vxmeta.raft.peer;

import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.SnapshotChunk;
import io.vxmeta.shardmap.ShardGroupId;

/// Sends this node's newest snapshot of a group to a replica that is too far behind for the log.
@FunctionalInterface
public interface SnapshotDonor {
  void send(ShardGroupId group, StreamObserver<SnapshotChunk> chunks);
}
