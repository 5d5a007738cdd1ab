package io.vxmeta.raft.peer;

import io.grpc.ManagedChannel;
import io.vxmeta.client.v1.DigestsRequest;
import io.vxmeta.client.v1.DigestsResponse;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.raft.ratis.IndexDigest;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Asks other nodes for the fingerprints of their replicas.
public final class PeerDigests {
  private static final long DEADLINE_MS = 5_000;

  private final String clusterId;
  private final Map<NodeId, ManagedChannel> channels;

  public PeerDigests(String clusterId, Map<NodeId, ManagedChannel> channels) {
    this.clusterId = clusterId;
    this.channels = channels;
  }

  /// Nothing if the node can not be asked now.
  public CompletableFuture<List<IndexDigest>> of(NodeId node, ShardGroupId group) {
    ManagedChannel channel = channels.get(node);
    if (channel == null) {
      return CompletableFuture.completedFuture(List.of());
    }
    UnaryFuture<DigestsResponse> answer = new UnaryFuture<>();
    PeerGrpc.newStub(channel)
        .withDeadlineAfter(DEADLINE_MS, TimeUnit.MILLISECONDS)
        .digests(
            DigestsRequest.newBuilder().setGroup(group.value()).setClusterId(clusterId).build(),
            answer);
    return answer.handle((response, problem) ->
        problem != null
            ? List.of()
            : response.getDigestsList().stream()
                .map(each -> new IndexDigest(each.getIndex(), each.getDigest()))
                .toList());
  }
}
