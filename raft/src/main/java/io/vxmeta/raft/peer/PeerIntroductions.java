package io.vxmeta.raft.peer;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.vxmeta.client.v1.IntroduceRequest;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.raft.recover.FirstStart;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Introduces this node to the others over their peer port.
public final class PeerIntroductions implements FirstStart.Witnesses {
  /// A node that starts beside this one opens its port within it, or is asked again.
  private static final long DEADLINE_MS = 1_000;

  private final NodeId self;
  private final String clusterId;
  private final Map<NodeId, ManagedChannel> channels;

  public PeerIntroductions(NodeId self, String clusterId, Map<NodeId, ManagedChannel> channels) {
    this.self = self;
    this.clusterId = clusterId;
    this.channels = channels;
  }

  @Override
  public String ask(NodeId witness, String incarnation) throws IOException {
    ManagedChannel channel = channels.get(witness);
    if (channel == null) {
      throw new IOException("its address is not known");
    }
    channel.resetConnectBackoff();
    try {
      return PeerGrpc.newBlockingStub(channel)
          .withWaitForReady()
          .withDeadlineAfter(DEADLINE_MS, TimeUnit.MILLISECONDS)
          .introduce(
              IntroduceRequest.newBuilder()
                  .setClusterId(clusterId)
                  .setFromNode(self.value())
                  .setIncarnation(incarnation)
                  .setToNode(witness.value())
                  .build())
          .getIncarnation();
    } catch (StatusRuntimeException e) {
      Status status = e.getStatus();
      throw new IOException(
          status.getCode() == Status.Code.DEADLINE_EXCEEDED
              ? "no answer within " + DEADLINE_MS + " ms"
              : status.getCode() + ": " + status.getDescription(),
          e);
    }
  }
}
