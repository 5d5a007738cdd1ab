package io.vxmeta.raft.peer;

import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.FetchSnapshotRequest;
import io.vxmeta.client.v1.SnapshotChunk;

/// Sends this node's newest snapshot of a group to a replica that lacks it, if it covers what is
/// asked for.
@FunctionalInterface
public interface SnapshotDonor {
  /// Returns at once; the sending goes on in the background.
  ///
  /// @param atLeastIndex what it must cover; else the call ends with NOT_FOUND
  void send(FetchSnapshotRequest request, long atLeastIndex, StreamObserver<SnapshotChunk> chunks);
}
