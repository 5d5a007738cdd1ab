package io.vxmeta.raft.api;

import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.v1.GetStatusResponse;
import io.vxmeta.client.v1.ReplicaMoveMessage;
import io.vxmeta.client.v1.ReplicaStatus;
import io.vxmeta.raft.numa.GroupHomes;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupUsage;
import io.vxmeta.statemachine.os.LiveMemory;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// What a node says of itself, from memory alone.
public final class NodeStatus implements Supplier<GetStatusResponse> {
  private final String clusterId;
  private final NodeId self;
  private final String version;
  private final ClusterView cluster;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final LiveMemory memory;
  private final GroupHomes homes;
  private final Function<ShardGroupId, String> moves;
  private final boolean waitsForWord;
  private final LongSupplier uptimeMs;

  /// @param moves how far the move of a replica is of a group that this node leads, or nothing
  /// @param waitsForWord whether a new cluster begins when an operator says so
  public NodeStatus(
      String clusterId,
      NodeId self,
      String version,
      ClusterView cluster,
      Map<ShardGroupId, ? extends Replica> replicas,
      LiveMemory memory,
      GroupHomes homes,
      Function<ShardGroupId, String> moves,
      boolean waitsForWord,
      LongSupplier uptimeMs) {
    this.clusterId = clusterId;
    this.self = self;
    this.version = version;
    this.cluster = cluster;
    this.replicas = replicas;
    this.memory = memory;
    this.homes = homes;
    this.moves = moves;
    this.waitsForWord = waitsForWord;
    this.uptimeMs = uptimeMs;
  }

  /// What keeps this node from serving; empty when nothing does.
  public Optional<String> notReady() {
    Optional<ClusterView.Plan> plan = cluster.plan();
    if (plan.isEmpty()) {
      return Optional.of(
          waitsForWord
              ? "no shard map yet: the cluster waits for `vxctl cluster init` (bootstrap: manual), or"
                  + " this node is not caught up"
              : "no shard map yet: the root group has no leader or this node is not caught up");
    }
    // One that comes or goes keeps nobody from being served by the others.
    return replicas.values().stream()
        .filter(replica -> plan.get().settled(replica.group(), self))
        .flatMap(replica -> notReady(replica).stream())
        .findFirst();
  }

  static Optional<String> notReady(Replica replica) {
    String group = "group " + replica.group().value();
    if (replica.state().isEmpty()) {
      return Optional.of(group + " is installing a snapshot");
    }
    if (replica.leader().isEmpty()) {
      return Optional.of(group + " has no leader");
    }
    if (replica.role() == RaftRole.LEADER && !replica.leaderReady()) {
      return Optional.of(
          "this node leads " + group + " and has not applied the first entry of its term yet");
    }
    // Ratis counts no vote of an empty log once the candidate has committed entries: whoever takes
    // nodes down one after the other waits until this one's vote counts.
    if (replica.applied().index() < 0) {
      return Optional.of(group + " has none of its leader's entries here yet");
    }
    return Optional.empty();
  }

  @Override
  public GetStatusResponse get() {
    Optional<String> reason = notReady();
    GetStatusResponse.Builder status =
        GetStatusResponse.newBuilder()
            .setClusterId(clusterId)
            .setNode(self.value())
            .setVersion(version)
            .setMapEpoch(cluster.map().map(map -> map.epoch().value()).orElse(0L))
            .setUptimeMs(uptimeMs.getAsLong())
            .setReady(reason.isEmpty())
            .setNotReadyReason(reason.orElse(""))
            .setLockedBytes(memory.counters().lockedBytes())
            .setLockCapBytes(memory.counters().capBytes())
            .setPid(ProcessHandle.current().pid())
            .addAllNumaDomains(HomeStatus.domains(homes));
    cluster
        .plan()
        .ifPresent(plan -> plan.moves().values().forEach(move -> status.addMoves(of(move))));
    replicas.values().stream()
        .sorted(Comparator.comparingInt(replica -> replica.group().value()))
        .forEach(replica -> status.addReplicas(of(replica)));
    return status.build();
  }

  private ReplicaMoveMessage of(ReplicaMove move) {
    return ShardMapCodec.encode(move).toBuilder().setStep(moves.apply(move.group())).build();
  }

  private ReplicaStatus of(Replica replica) {
    ReplicaStatus.Builder status =
        ReplicaStatus.newBuilder()
            .setGroup(replica.group().value())
            .setRole(AnswerStamp.role(replica.role()))
            .setTerm(replica.term())
            .setLeaderNode(
                replica.role() == RaftRole.LEADER
                    ? self.value()
                    : replica.leader().map(NodeId::value).orElse(""))
            .setCommitIndex(Math.max(0, replica.committedIndex()))
            .setAppliedIndex(Math.max(0, replica.applied().index()))
            .setSnapshotIndex(replica.latestSnapshot().map(SnapshotPoint::index).orElse(0L))
            .setLag(replica.lag());
    // One voter comes or goes at a time, so a majority of all is one before and after.
    Stream.concat(replica.voters().stream(), replica.previousVoters().stream())
        .map(NodeId::value)
        .distinct()
        .sorted()
        .forEach(status::addVoters);
    replica.state().ifPresent(state -> fill(status, state));
    HomeStatus.of(homes, replica.group()).ifPresent(status::setHome);
    cluster.map().ifPresent(map -> status.setShards(shards(map, replica.group())));
    return status.build();
  }

  /// Of the 128; the root group's own one is none of them.
  private static int shards(ShardMap map, ShardGroupId group) {
    return group.isRoot() ? 0 : map.shardsOf(group).size();
  }

  private static void fill(ReplicaStatus.Builder status, GroupState state) {
    GroupUsage usage = state.usage();
    status
        .setRevision(state.revision())
        .setRecords(usage.records())
        .setTableBytes(usage.liveBytes());
  }
}
