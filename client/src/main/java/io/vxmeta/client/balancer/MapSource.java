package io.vxmeta.client.balancer;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer.Helper;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.grpc.UnaryCall;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.NumaDomain;
import io.vxmeta.shardmap.ShardMap;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Asks any node for the shard map, one question at a time and not too often.
final class MapSource {
  /* Threads: the channel's synchronization context; host names are looked up outside of it.
   * Each question has a connection of its own, with the channel's credentials, to the first node that takes it, in random
   * order: a node that is silent costs one question. Whoever wants a map while one is asked for, or a pause runs, gets the
   * next one. */

  /// For one question.
  private static final Duration ASK = Duration.ofSeconds(2);

  /// Between questions: a channel whose calls all fail asks five times a second.
  private static final Duration PAUSE = Duration.ofMillis(200);

  /// Where pauses end that double while nobody answers.
  private static final Duration PAUSE_MAX = Duration.ofSeconds(5);

  private final Helper helper;
  private final Random random;
  private final Receiver receiver;
  private List<EquivalentAddressGroup> seeds = List.of();
  private List<EquivalentAddressGroup> known = List.of();
  private Duration pause = PAUSE;
  private boolean busy;
  private boolean wanted;
  private boolean closed;

  /// A map, and where its nodes are reached.
  record Located(ShardMap map, Map<NodeId, EquivalentAddressGroup> addresses) {
    private static Located of(ShardMap map) {
      Map<NodeId, EquivalentAddressGroup> addresses = new LinkedHashMap<>();
      map.nodes().forEach(node -> addresses.put(node.id(), address(endpoint(node))));
      return new Located(map, addresses);
    }

    /// Which NUMA domain of a node holds a shard is the node's own affair.
    static Endpoint endpoint(Node node) {
      return node.clientEndpoint(NumaDomain.FIRST);
    }
  }

  /// Takes maps, and failures to get one; in the synchronization context.
  interface Receiver {
    void onMap(Located located);

    void onFailure(Status status);
  }

  MapSource(Helper helper, Random random, Receiver receiver) {
    this.helper = helper;
    this.random = random;
    this.receiver = receiver;
  }

  /// Where the endpoint is, looked up now; certificates are checked against its own host.
  static EquivalentAddressGroup address(Endpoint endpoint) {
    return new EquivalentAddressGroup(
        new InetSocketAddress(endpoint.host(), endpoint.port()),
        Attributes.newBuilder()
            .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, endpoint.toString())
            .build());
  }

  void useSeeds(List<EquivalentAddressGroup> addresses) {
    seeds = List.copyOf(addresses);
  }

  /// Asks now, or as soon as may be.
  void refresh() {
    wanted = true;
    if (!busy && !closed) {
      ask();
    }
  }

  private void ask() {
    busy = true;
    wanted = false;
    List<EquivalentAddressGroup> anybody = new ArrayList<>(seeds);
    anybody.addAll(known);
    Collections.shuffle(anybody, random);
    ManagedChannel channel = helper.createOobChannel(anybody, helper.getAuthority());
    CompletableFuture<Located> unused =
        UnaryCall.<GetShardMapRequest, ShardMapMessage>send(
                channel,
                ClusterAdminGrpc.getGetShardMapMethod(),
                new Metadata(),
                GetShardMapRequest.getDefaultInstance(),
                ASK)
            .thenApply(ShardMapCodec::decode)
            .thenApply(Located::of)
            .whenComplete((located, failure) ->
                helper
                    .getSynchronizationContext()
                    .execute(() -> {
                      channel.shutdownNow();
                      onEnd(located, failure);
                    }));
  }

  private void onEnd(@Nullable Located located, @Nullable Throwable failure) {
    if (closed) {
      return;
    }
    if (located != null) {
      pause = PAUSE;
      known = List.copyOf(located.addresses().values());
      receiver.onMap(located);
    } else {
      wanted = true;
      pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
      receiver.onFailure(
          Status.UNAVAILABLE
              .withDescription(
                  "no node gave a shard map: target="
                      + helper.getChannelTarget()
                      + " cause="
                      + (failure == null ? "none" : failure.getMessage())
                      + "; check the target and that the cluster runs")
              .withCause(failure));
    }
    helper
        .getSynchronizationContext()
        .schedule(
            this::onPauseOver,
            pause.toNanos(),
            TimeUnit.NANOSECONDS,
            helper.getScheduledExecutorService());
  }

  private void onPauseOver() {
    busy = false;
    if (wanted && !closed) {
      ask();
    }
  }

  void close() {
    closed = true;
  }
}
