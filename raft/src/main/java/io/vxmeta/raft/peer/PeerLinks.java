package io.vxmeta.raft.peer;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.vxmeta.client.v1.GroupReadIndex;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.client.v1.ReadIndexRequest;
import io.vxmeta.client.v1.ReadIndexResponse;
import io.vxmeta.raft.read.LeaderQuestion;
import io.vxmeta.raft.read.ReadBarrier;
import io.vxmeta.raft.read.ReadRefused;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What this node asks of all others.
public final class PeerLinks implements AutoCloseable, LeaderQuestion {
  /* Threads: any. One channel per peer carries the barrier's stream, read indices and snapshots.
   */

  /// A leader that can not confirm a read index within this is asked again by the next read.
  private static final long READ_INDEX_DEADLINE_MS = 2_000;

  private final NodeId self;
  private final String clusterId;
  private final Map<NodeId, ManagedChannel> channels;
  private final Function<NodeId, @Nullable PeerLink> linkTo;
  private final Map<NodeId, PeerLink> links = new ConcurrentHashMap<>();

  /// @param channels to the other nodes, a live view
  public PeerLinks(
      NodeId self,
      String clusterId,
      Map<NodeId, ManagedChannel> channels,
      ReadBarrier barrier,
      LongSupplier nanoClock) {
    this.self = self;
    this.clusterId = clusterId;
    this.channels = channels;
    this.linkTo =
        peer -> {
          ManagedChannel channel = channels.get(peer);
          return channel == null
              ? null
              : new PeerLink(self, peer, clusterId, PeerGrpc.newStub(channel), barrier, nanoClock);
        };
    followChannels();
    barrier.askWith(this::kick);
  }

  /// A question to a node that has just come waits for this.
  private void followChannels() {
    links.keySet().retainAll(channels.keySet());
    channels.keySet().forEach(peer -> links.computeIfAbsent(peer, linkTo));
  }

  private void kick() {
    links.values().forEach(PeerLink::kick);
  }

  /// Called a few times a second.
  public void sweep(long nowNanos) {
    followChannels();
    links.values().forEach(link -> link.sweep(nowNanos));
  }

  /// Whether the line to a node is there; if not, it is connected to.
  public boolean isConnected(NodeId node) {
    ManagedChannel channel = channels.get(node);
    return channel != null && channel.getState(true) == ConnectivityState.READY;
  }

  /// gRPC waits longer and longer before it tries a lost peer again, up to two minutes; a restarted
  /// peer is wanted sooner.
  public void resetBackoff() {
    channels.values().stream()
        .filter(channel -> channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE)
        .forEach(ManagedChannel::resetConnectBackoff);
  }

  /// How this node's connection to another one does.
  public enum Connection {
    OPEN,
    /// The last attempt failed.
    BROKEN,
    /// Idle, or being made.
    UNKNOWN
  }

  /// Answers at once; a connection that nobody uses is made for the next question.
  public Connection connection(NodeId peer) {
    ManagedChannel channel = channels.get(peer);
    if (channel == null) {
      return Connection.UNKNOWN;
    }
    return switch (channel.getState(true)) {
      case READY -> Connection.OPEN;
      case TRANSIENT_FAILURE -> Connection.BROKEN;
      case CONNECTING, IDLE, SHUTDOWN -> Connection.UNKNOWN;
    };
  }

  @Override
  public CompletableFuture<Long> readIndex(NodeId leader, ShardGroupId group) {
    ManagedChannel channel = channels.get(leader);
    if (channel == null) {
      return CompletableFuture.failedFuture(
          new ReadRefused(
              ReadRefused.Reason.NOT_READY,
              Optional.empty(),
              "leadership is changing; group=" + group.value() + " leader=" + leader.value()));
    }
    UnaryFuture<ReadIndexResponse> response = new UnaryFuture<>();
    PeerGrpc.newStub(channel)
        .withDeadlineAfter(READ_INDEX_DEADLINE_MS, TimeUnit.MILLISECONDS)
        .readIndex(
            ReadIndexRequest.newBuilder()
                .setFromNode(self.value())
                .setClusterId(clusterId)
                .addGroups(group.value())
                .build(),
            response);
    return response.handle((answer, problem) -> {
      if (problem != null || answer.getGroupsCount() != 1) {
        throw new ReadRefused(
            ReadRefused.Reason.NOT_READY,
            Optional.empty(),
            "the leader could not be asked; group="
                + group.value()
                + " leader="
                + leader.value()
                + " cause="
                + problem);
      }
      return indexOf(answer.getGroups(0), group);
    });
  }

  private static long indexOf(GroupReadIndex answer, ShardGroupId group) {
    if (answer.hasIndex()) {
      return answer.getIndex();
    }
    throw new ReadRefused(
        ReadRefused.Reason.NOT_READY,
        answer.getLeaderNode().isEmpty()
            ? Optional.empty()
            : Optional.of(new NodeId(answer.getLeaderNode())),
        "the node taken for the leader is not ready to confirm; group=" + group.value());
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
  }
}
