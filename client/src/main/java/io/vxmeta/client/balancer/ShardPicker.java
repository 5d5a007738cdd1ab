package io.vxmeta.client.balancer;

import io.grpc.ConnectivityState;
import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.PickSubchannelArgs;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.Metadata;
import io.grpc.Status;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardId;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntSupplier;

/// Sends each call where its shard is, under one shard map.
final class ShardPicker extends SubchannelPicker {
  /* Threads: any. Replaced when the map or the state of a connection changes, so that waiting calls are picked anew. */

  private final NodePick nodes;
  private final Map<NodeId, Member> members;
  private final BelievedLeaders leaders;
  private final IntSupplier draws;
  private final Failures failures;

  /// Takes what failed calls tell.
  interface Failures {
    /// `group` is empty for calls without a shard.
    void onFailure(NodeId node, Optional<ShardGroup> group, RpcFailure failure);
  }

  ShardPicker(
      NodePick nodes,
      Map<NodeId, Member> members,
      BelievedLeaders leaders,
      IntSupplier draws,
      Failures failures) {
    this.nodes = nodes;
    this.members = Map.copyOf(members);
    this.leaders = leaders;
    this.draws = draws;
    this.failures = failures;
  }

  @Override
  public PickResult pickSubchannel(PickSubchannelArgs args) {
    Optional<ShardId> shard = CallHeaders.shard(args.getHeaders());
    Optional<ShardGroup> group = shard.map(nodes.map()::groupOf).map(nodes.map()::group);
    NodePick.Wanted wanted =
        new NodePick.Wanted(
            shard, args.getCallOptions().getOption(ReplicaChoice.OPTION), group.map(leaders::of));
    return nodes
        .pick(wanted, this::callsUnderWay, draws.getAsInt())
        .map(node -> to(node, group, args.getHeaders()))
        .orElseGet(() -> nobody(wanted));
  }

  private int callsUnderWay(NodeId node) {
    Member member = members.get(node);
    return member != null && member.isReady()
        ? member.callsUnderWay.get()
        : NodePick.Standing.NOT_READY;
  }

  /// The epoch lets the node refuse what was sent under another map; a caller who knows a map of
  /// its own has said so already.
  private PickResult to(NodeId node, Optional<ShardGroup> group, Metadata headers) {
    if (group.isPresent() && !headers.containsKey(CallHeaders.MAP_EPOCH)) {
      headers.put(CallHeaders.MAP_EPOCH, nodes.map().epoch().toString());
    }
    Member member = Objects.requireNonNull(members.get(node));
    return PickResult.withSubchannel(
        member.subchannel,
        new CallWatch(member, failure -> failures.onFailure(node, group, failure)));
  }

  private boolean mayBecomeReady(NodeId node) {
    Member member = members.get(node);
    return member != null && member.state() != ConnectivityState.TRANSIENT_FAILURE;
  }

  /// Waits while somebody may become ready.
  private PickResult nobody(NodePick.Wanted wanted) {
    return nodes.mayServe(wanted).stream().anyMatch(this::mayBecomeReady)
        ? PickResult.withNoResult()
        : PickResult.withError(
            Status.UNAVAILABLE.withDescription(
                "no node that may serve the call is connected: "
                    + wanted
                    + " epoch="
                    + nodes.map().epoch()
                    + " nodes="
                    + members.keySet()
                    + "; check that the cluster runs"));
  }
}
