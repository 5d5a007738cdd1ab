package io.vxmeta.raft.peer;

import io.grpc.ManagedChannel;
import io.vxmeta.client.v1.OfferLeadRequest;
import io.vxmeta.client.v1.OfferLeadResponse;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.raft.place.LeadOffers;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Offers leads to other nodes over their peer port.
public final class PeerLeadOffers implements LeadOffers {
  /// The other node answers from memory; one that takes longer should not lead.
  private static final long DEADLINE_MS = 1_000;

  private final NodeId self;
  private final String clusterId;
  private final Map<NodeId, ManagedChannel> channels;

  public PeerLeadOffers(NodeId self, String clusterId, Map<NodeId, ManagedChannel> channels) {
    this.self = self;
    this.clusterId = clusterId;
    this.channels = channels;
  }

  @Override
  public CompletableFuture<Optional<String>> offer(
      NodeId to, ShardGroupId group, long commitIndex) {
    ManagedChannel channel = channels.get(to);
    if (channel == null) {
      return CompletableFuture.completedFuture(Optional.of("its address is not known"));
    }
    UnaryFuture<OfferLeadResponse> answer = new UnaryFuture<>();
    PeerGrpc.newStub(channel)
        .withDeadlineAfter(DEADLINE_MS, TimeUnit.MILLISECONDS)
        .offerLead(
            OfferLeadRequest.newBuilder()
                .setGroup(group.value())
                .setClusterId(clusterId)
                .setFromNode(self.value())
                .setCommitIndex(commitIndex)
                .build(),
            answer);
    return answer.handle((response, problem) -> {
      if (problem != null) {
        return Optional.of("it does not answer: " + problem.getMessage());
      }
      return response.getRefusal().isEmpty()
          ? Optional.empty()
          : Optional.of(response.getRefusal());
    });
  }
}
