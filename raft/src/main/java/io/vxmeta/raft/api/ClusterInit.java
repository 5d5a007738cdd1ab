package io.vxmeta.raft.api;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.v1.InitClusterRequest;
import io.vxmeta.client.v1.InitClusterResponse;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.RootWriter.Written;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.GroupState;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Begins a cluster when an operator says so: writes its first shard map, unless there is one.
final class ClusterInit {
  /* Threads: any. To be called on the root group's leader. The first map needs its key absent, so of any number of calls one creates the
   * cluster, and every answer has the map that is there then. */
  private final String clusterId;
  private final ReadGate gate;
  private final RootWriter rootWriter;
  private final CallErrors errors;
  private final Optional<ShardMap> first;

  /// @param first of the initial members; empty on a node that has joined, where there is a map
  ///   long since
  ClusterInit(
      String clusterId,
      ReadGate gate,
      RootWriter rootWriter,
      CallErrors errors,
      Optional<ShardMap> first) {
    this.clusterId = clusterId;
    this.gate = gate;
    this.rootWriter = rootWriter;
    this.errors = errors;
    this.first = first;
  }

  void requireThisCluster(InitClusterRequest request) {
    String wanted = request.getClusterId();
    if (!wanted.isEmpty() && !wanted.equals(clusterId)) {
      throw Refusal.of(
          ErrorReason.INVALID_REQUEST,
          "these are nodes of another cluster: cluster="
              + clusterId
              + " expected="
              + wanted
              + "; check the endpoints",
          "cluster",
          clusterId,
          "expected",
          wanted);
    }
  }

  CompletableFuture<InitClusterResponse> init(long deadlineNanos) {
    return root(deadlineNanos)
        .thenCompose(root -> {
          Optional<ShardMap> there = ClusterView.mapIn(root);
          return there.isPresent()
              ? CompletableFuture.completedFuture(response(there.get(), false))
              : rootWriter
                  .bootstrap(
                      first.orElseThrow(() ->
                          new IllegalStateException(
                              "a node that joined leads a root group without a map")))
                  .thenCompose(end -> written(end, deadlineNanos));
        });
  }

  private CompletableFuture<InitClusterResponse> written(WriteEnd end, long deadlineNanos) {
    return switch (end) {
      case WriteEnd.Refused refused -> throw errors.refusal(refused.refusal(), ShardGroupId.ROOT);
      case WriteEnd.Unknown unknown -> throw errors.unknown(ShardGroupId.ROOT, unknown.message());
      case WriteEnd.Answered answered -> {
        boolean created = RootWriter.written(answered.answer()) == Written.NEW;
        yield root(deadlineNanos)
            .thenApply(root -> response(RootWriter.mapIn(root).map(), created));
      }
    };
  }

  private CompletableFuture<GroupState> root(long deadlineNanos) {
    return gate.open(ShardGroupId.ROOT, new ReadContract.Linearizable(), deadlineNanos)
        .exceptionallyCompose(problem ->
            CompletableFuture.failedFuture(errors.translated(problem, ShardGroupId.ROOT)))
        .thenApply(ReadGate.Opened::state);
  }

  private static InitClusterResponse response(ShardMap map, boolean created) {
    return InitClusterResponse.newBuilder()
        .setCreated(created)
        .setMap(ShardMapCodec.encode(map))
        .build();
  }
}
