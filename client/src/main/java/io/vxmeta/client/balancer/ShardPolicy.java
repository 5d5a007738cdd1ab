package io.vxmeta.client.balancer;

import io.grpc.ConnectivityState;
import io.grpc.ConnectivityStateInfo;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.Status;
import io.vxmeta.client.balancer.MapSource.Located;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// The policy `vxmeta_shard`: a connection to every node of the shard map, and each call to a node
/// that holds its shard.
final class ShardPolicy extends LoadBalancer {
  /* Threads: the channel's synchronization context, except what calls tell: beliefs are changed at once, all else there.
   * States: no map yet (calls wait, or fail with why there is none); a map, under which calls go wherever a node is ready. A
   * map is replaced by newer ones of its cluster alone. */

  /// A node that failed is tried again so often, not after gRPC's own pause, which grows to
  /// minutes: it may be the next leader.
  private static final Duration RECONNECT = Duration.ofSeconds(1);

  /// A connection that was taken and not answered for so long is begun anew: gRPC would wait for
  /// its server's first words without limit.
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

  private final Helper helper;
  private final IntSupplier draws;
  private final MapSource source;
  private final BelievedLeaders leaders = new BelievedLeaders();
  private final Map<NodeId, Member> members = new LinkedHashMap<>();
  private Map<NodeId, EquivalentAddressGroup> addresses = Map.of();
  private String zone = "";
  private @Nullable ShardMap map;

  /// What a service config says of the policy.
  record Settings(String zone) {
    static final Settings DEFAULTS = new Settings("");
  }

  ShardPolicy(Helper helper, Random random, IntSupplier draws) {
    this.helper = helper;
    this.draws = draws;
    this.source = new MapSource(helper, random, new Maps());
  }

  @Override
  public Status acceptResolvedAddresses(ResolvedAddresses resolved) {
    if (resolved.getAddresses().isEmpty()) {
      Status nobody =
          Status.UNAVAILABLE.withDescription(
              "expected at least one address of a node: addresses=[]");
      handleNameResolutionError(nobody);
      return nobody;
    }
    zone =
        resolved.getLoadBalancingPolicyConfig() instanceof Settings settings ? settings.zone() : "";
    source.useSeeds(resolved.getAddresses());
    source.refresh();
    update();
    return Status.OK;
  }

  @Override
  public void handleNameResolutionError(Status error) {
    if (map == null) {
      fail(error);
    }
  }

  private void fail(Status error) {
    helper.updateBalancingState(
        ConnectivityState.TRANSIENT_FAILURE, new FixedResultPicker(PickResult.withError(error)));
  }

  private final class Maps implements MapSource.Receiver {
    @Override
    public void onMap(Located located) {
      ShardMap current = map;
      if (current == null || isNewer(located.map(), current)) {
        adopt(located);
      } else if (located.map().equals(current)) {
        // Looked up again: a node may have come back under its name with another address.
        addresses = located.addresses();
      }
    }

    @Override
    public void onFailure(Status status) {
      handleNameResolutionError(status);
      helper.refreshNameResolution();
    }
  }

  private static boolean isNewer(ShardMap other, ShardMap current) {
    return other.clusterId().equals(current.clusterId())
        && other.epoch().isNewerThan(current.epoch());
  }

  private void adopt(Located located) {
    map = located.map();
    addresses = located.addresses();
    Map<NodeId, Member> former = new LinkedHashMap<>(members);
    members.clear();
    located
        .map()
        .nodes()
        .forEach(node -> {
          Endpoint endpoint = Located.endpoint(node);
          Member kept = former.get(node.id());
          if (kept != null && kept.endpoint.equals(endpoint)) {
            former.remove(node.id());
            members.put(node.id(), kept);
          } else {
            members.put(node.id(), connect(node.id(), endpoint, ConnectivityState.IDLE));
          }
        });
    former.values().forEach(gone -> gone.subchannel.shutdown());
    update();
  }

  private Member connect(NodeId node, Endpoint endpoint, ConnectivityState state) {
    EquivalentAddressGroup address = Objects.requireNonNull(addresses.get(node));
    Subchannel subchannel =
        helper.createSubchannel(CreateSubchannelArgs.newBuilder().setAddresses(address).build());
    Member member = new Member(endpoint, subchannel, state);
    subchannel.start(info -> onState(node, member, info));
    subchannel.requestConnection();
    return member;
  }

  private void onState(NodeId node, Member member, ConnectivityStateInfo info) {
    if (members.get(node) != member) {
      return;
    }
    member.onState(info.getState());
    if (info.getState() == ConnectivityState.IDLE) {
      member.subchannel.requestConnection();
    } else if (info.getState() == ConnectivityState.TRANSIENT_FAILURE) {
      source.refresh();
      reconnectAfter(RECONNECT, node, member);
    } else if (info.getState() == ConnectivityState.CONNECTING) {
      reconnectAfter(ANSWER_WITHIN, node, member);
    }
    update();
  }

  private void reconnectAfter(Duration pause, NodeId node, Member member) {
    helper
        .getSynchronizationContext()
        .schedule(
            () -> reconnect(node, member),
            pause.toMillis(),
            TimeUnit.MILLISECONDS,
            helper.getScheduledExecutorService());
  }

  private void reconnect(NodeId node, Member failed) {
    if (members.get(node) == failed && !failed.isReady()) {
      failed.subchannel.shutdown();
      members.put(node, connect(node, failed.endpoint, ConnectivityState.TRANSIENT_FAILURE));
      update();
    }
  }

  /// Calls that wait are picked anew.
  private void update() {
    ShardMap current = map;
    if (current == null) {
      helper.updateBalancingState(
          ConnectivityState.CONNECTING, new FixedResultPicker(PickResult.withNoResult()));
      return;
    }
    helper.updateBalancingState(
        state(),
        new ShardPicker(new NodePick(current, zone), members, leaders, draws, this::onFailure));
  }

  private ConnectivityState state() {
    if (members.values().stream().anyMatch(Member::isReady)) {
      return ConnectivityState.READY;
    }
    return members.values().stream()
            .allMatch(member -> member.state() == ConnectivityState.TRANSIENT_FAILURE)
        ? ConnectivityState.TRANSIENT_FAILURE
        : ConnectivityState.CONNECTING;
  }

  /// Learns from a failed attempt what helps the next one.
  private void onFailure(NodeId node, Optional<ShardGroup> group, RpcFailure failure) {
    if (failure.reason().isEmpty()) {
      onSilence(node, group, failure.code());
      return;
    }
    switch (failure.reason().get()) {
      case NOT_LEADER -> group.ifPresent(asked -> onNotLeader(node, asked, failure));
      case NOT_READY -> group.ifPresent(asked -> leaders.turnFrom(asked, node));
      case WRONG_EPOCH, WRONG_NODE, CROSS_GROUP, SHARD_MOVED -> refreshLater();
      case INVALID_REQUEST,
          LIMIT_EXCEEDED,
          MISSING_SHARD_HEADER,
          WRONG_SHARD_HEADER,
          UNKNOWN_NAMESPACE,
          NAMESPACE_EXISTS,
          STALE,
          FOREIGN_TOKEN,
          OVERLOADED,
          OUTCOME_UNKNOWN,
          PRODUCER_FENCED,
          SEQUENCE_TOO_OLD,
          TOO_MANY_PRODUCERS,
          TABLE_FULL,
          DISK_FULL,
          NOTHING_TO_SNAPSHOT,
          SNAPSHOT_ROTTEN,
          NODE_NEEDED,
          NODE_UNKNOWN,
          MOVE_UNDER_WAY,
          DEADLINE -> {}
    }
  }

  /// A node that is gone, or that let a call run out. That is CANCELLED as well: gRPC tells an
  /// attempt no more when the call could be tried again. A caller who gave up costs a redirect.
  private void onSilence(NodeId node, Optional<ShardGroup> group, Status.Code code) {
    if (code == Status.Code.UNAVAILABLE
        || code == Status.Code.DEADLINE_EXCEEDED
        || code == Status.Code.CANCELLED) {
      group.ifPresent(asked -> leaders.turnFrom(asked, node));
    }
  }

  private void onNotLeader(NodeId node, ShardGroup asked, RpcFailure failure) {
    Optional<NodeId> named =
        failure
            .fact("leader_node")
            .flatMap(name -> asked.voters().stream().filter(v -> v.value().equals(name)).findAny());
    boolean sameGroup = failure.fact("group").filter(asked.id().toString()::equals).isPresent();
    if (named.isPresent() && !named.get().equals(node) && sameGroup) {
      leaders.learn(asked, named.get());
    } else {
      leaders.turnFrom(asked, node);
    }
    if (!sameGroup) {
      refreshLater();
    }
  }

  private void refreshLater() {
    helper.getSynchronizationContext().execute(source::refresh);
  }

  @Override
  public void shutdown() {
    source.close();
    members.values().forEach(member -> member.subchannel.shutdown());
    members.clear();
  }
}
