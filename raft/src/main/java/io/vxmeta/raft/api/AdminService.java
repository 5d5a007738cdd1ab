package io.vxmeta.raft.api;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.v1.AdmitNodeRequest;
import io.vxmeta.client.v1.AdmitNodeResponse;
import io.vxmeta.client.v1.CancelMoveRequest;
import io.vxmeta.client.v1.CancelMoveResponse;
import io.vxmeta.client.v1.CancelShardMoveRequest;
import io.vxmeta.client.v1.CancelShardMoveResponse;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.CreateNamespaceRequest;
import io.vxmeta.client.v1.CreateNamespaceResponse;
import io.vxmeta.client.v1.CreateSnapshotRequest;
import io.vxmeta.client.v1.CreateSnapshotResponse;
import io.vxmeta.client.v1.ExportSnapshotRequest;
import io.vxmeta.client.v1.GetDigestRequest;
import io.vxmeta.client.v1.GetDigestResponse;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.GetShardUsageRequest;
import io.vxmeta.client.v1.GetShardUsageResponse;
import io.vxmeta.client.v1.GetStatusRequest;
import io.vxmeta.client.v1.GetStatusResponse;
import io.vxmeta.client.v1.InitClusterRequest;
import io.vxmeta.client.v1.InitClusterResponse;
import io.vxmeta.client.v1.JoinNodeRequest;
import io.vxmeta.client.v1.JoinNodeResponse;
import io.vxmeta.client.v1.LeaderPlacement;
import io.vxmeta.client.v1.ListNamespacesRequest;
import io.vxmeta.client.v1.ListNamespacesResponse;
import io.vxmeta.client.v1.ListShardMovesRequest;
import io.vxmeta.client.v1.ListShardMovesResponse;
import io.vxmeta.client.v1.MoveReplicaRequest;
import io.vxmeta.client.v1.MoveReplicaResponse;
import io.vxmeta.client.v1.MoveShardRequest;
import io.vxmeta.client.v1.MoveShardResponse;
import io.vxmeta.client.v1.PlaceLeaderRequest;
import io.vxmeta.client.v1.PlaceLeaderResponse;
import io.vxmeta.client.v1.RemoveNodeRequest;
import io.vxmeta.client.v1.RemoveNodeResponse;
import io.vxmeta.client.v1.SetNodeDutyRequest;
import io.vxmeta.client.v1.SetNodeDutyResponse;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.client.v1.ShardUsage;
import io.vxmeta.client.v1.SnapshotChunk;
import io.vxmeta.client.v1.TransferLeaderRequest;
import io.vxmeta.client.v1.TransferLeaderResponse;
import io.vxmeta.client.v1.VerifyTableRequest;
import io.vxmeta.client.v1.VerifyTableResponse;
import io.vxmeta.client.v1.WatchShardMapRequest;
import io.vxmeta.raft.move.ShardMover;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.LeadSpread;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.StateDigest;
import io.vxmeta.statemachine.TableUsage;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/// The admin service: status, the shard map, leadership, namespaces, digests, walks, usage,
/// snapshots.
public final class AdminService extends ClusterAdminGrpc.ClusterAdminImplBase {
  /// Leadership moves within a few round trips or not at all.
  private static final Duration TRANSFER_WITHIN = Duration.ofSeconds(5);

  /// Creations that lost a race are repeated this often; each loss means that another one won.
  private static final int CREATE_ATTEMPTS_MAX = 16;

  static final String NO_MAP =
      "this node has no shard map yet; retry; a new cluster with bootstrap: manual waits for `vxctl"
          + " cluster init`";

  private final Supplier<GetStatusResponse> status;
  private final ClusterView cluster;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final ReadGate gate;
  private final RootWriter rootWriter;
  private final LeadSpread spread;
  private final NodeDuties duties;
  private final Membership membership;
  private final ReplicaMoves moves;
  private final ShardMoves shardMoves;
  private final ClusterInit clusterInit;
  private final CallErrors errors;
  private final DiskGuard disk;
  private final TableWalks walks;
  private final SnapshotExport snapshots;

  AdminService(
      Supplier<GetStatusResponse> status,
      ClusterView cluster,
      Map<ShardGroupId, ? extends Replica> replicas,
      ReadGate gate,
      RootWriter rootWriter,
      LeadSpread spread,
      IntFunction<CompletableFuture<Set<NodeId>>> behind,
      Optional<String> restoredFrom,
      ShardMover shardMover,
      ClusterInit clusterInit,
      CallErrors errors,
      DiskGuard disk,
      SnapshotExport snapshots) {
    this.status = status;
    this.cluster = cluster;
    this.replicas = replicas;
    this.gate = gate;
    this.rootWriter = rootWriter;
    this.spread = spread;
    RootChange changes = new RootChange(gate, errors);
    this.duties = new NodeDuties(changes, rootWriter);
    this.membership = new Membership(changes, rootWriter, cluster, behind, restoredFrom);
    this.moves = new ReplicaMoves(gate, rootWriter, errors, behind);
    this.shardMoves = new ShardMoves(gate, rootWriter, errors, shardMover, behind);
    this.clusterInit = clusterInit;
    this.errors = errors;
    this.disk = disk;
    this.walks = new TableWalks(errors);
    this.snapshots = snapshots;
  }

  @Override
  public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> answers) {
    answer(() -> CompletableFuture.completedFuture(status.get()), answers);
  }

  @Override
  public void getShardMap(GetShardMapRequest request, StreamObserver<ShardMapMessage> answers) {
    answer(() -> CompletableFuture.completedFuture(ShardMapCodec.encode(map())), answers);
  }

  private ShardMap map() {
    return cluster
        .map()
        .orElseThrow(
            () -> Refusal.of(ErrorReason.NOT_READY, NO_MAP, "group", 0, "reason", "no shard map"));
  }

  @Override
  public void watchShardMap(WatchShardMapRequest request, StreamObserver<ShardMapMessage> answers) {
    new MapWatch(request.getNewerThanEpoch(), (ServerCallStreamObserver<ShardMapMessage>) answers)
        .begin();
  }

  /// Sends each newer map once. A slow watcher misses maps in between, never the newest.
  private final class MapWatch {
    private final ServerCallStreamObserver<ShardMapMessage> answers;
    private long sentEpoch;

    MapWatch(long newerThan, ServerCallStreamObserver<ShardMapMessage> answers) {
      this.sentEpoch = newerThan;
      this.answers = answers;
    }

    void begin() {
      Runnable stop = cluster.watch(newer -> send());
      answers.setOnCancelHandler(stop);
      answers.setOnReadyHandler(this::send);
      send();
    }

    private synchronized void send() {
      Optional<ShardMap> newest = cluster.map();
      if (!answers.isCancelled()
          && answers.isReady()
          && newest.isPresent()
          && newest.get().epoch().value() > sentEpoch) {
        sentEpoch = newest.get().epoch().value();
        answers.onNext(ShardMapCodec.encode(newest.get()));
      }
    }
  }

  @Override
  public void transferLeader(
      TransferLeaderRequest request, StreamObserver<TransferLeaderResponse> answers) {
    answer(() -> transfer(request), answers);
  }

  private CompletableFuture<TransferLeaderResponse> transfer(TransferLeaderRequest request) {
    Replica replica = replica(request.getGroup());
    NodeId to = nodeId(request.getToNode());
    if (!replica.voters().contains(to)) {
      throw Refusal.invalid(
          "to_node", "a voter of the group, one of " + replica.voters(), to.value());
    }
    if (map().findNode(to).filter(Node::drains).isPresent()) {
      throw Refusal.invalid(
          "to_node", "a node that is not draining (vxctl node undrain NODE lets it lead)", to);
    }
    requireLeader(replica);
    return replica
        .transferLeadership(to, TRANSFER_WITHIN)
        .thenApply(problem -> {
          if (problem.isPresent()) {
            throw Refusal.of(
                ErrorReason.NOT_READY,
                "leadership was not transferred: " + problem.get() + "; retry",
                "group",
                request.getGroup(),
                "reason",
                problem.get());
          }
          return TransferLeaderResponse.newBuilder()
              .setLeaderNode(to.value())
              .setTerm(replica.term())
              .build();
        });
  }

  private static NodeId nodeId(String text) {
    try {
      return new NodeId(text);
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("to_node", "a node id", "'" + text + "'");
    }
  }

  @Override
  public void placeLeader(PlaceLeaderRequest request, StreamObserver<PlaceLeaderResponse> answers) {
    answer(
        () -> {
          Replica replica = replica(request.getGroup());
          requireLeader(replica);
          return spread
              .place(
                  replica.group(),
                  request.getDryRun() ? LeadSpread.Order.DRY_RUN : LeadSpread.Order.MOVE)
              .orElseThrow(() ->
                  Refusal.of(
                      ErrorReason.NOT_READY,
                      "leadership is changing, or the group's voters are; retry",
                      "group",
                      request.getGroup(),
                      "reason",
                      "leader not ready"))
              .thenApply(placed ->
                  PlaceLeaderResponse.newBuilder()
                      .setOutcome(outcome(placed.outcome()))
                      .setLeaderNode(placed.leader().value())
                      .setReason(placed.reason())
                      .build());
        },
        answers);
  }

  private static LeaderPlacement outcome(LeadSpread.Outcome outcome) {
    return switch (outcome) {
      case IN_PLACE -> LeaderPlacement.LEADER_PLACEMENT_IN_PLACE;
      case MOVED -> LeaderPlacement.LEADER_PLACEMENT_MOVED;
      case WOULD_MOVE -> LeaderPlacement.LEADER_PLACEMENT_WOULD_MOVE;
      case KEPT -> LeaderPlacement.LEADER_PLACEMENT_KEPT;
    };
  }

  @Override
  public void setNodeDuty(SetNodeDutyRequest request, StreamObserver<SetNodeDutyResponse> answers) {
    answer(
        () -> {
          requireRootLeader();
          return duties.set(request, Deadlines.ofCall());
        },
        answers);
  }

  @Override
  public void joinNode(JoinNodeRequest request, StreamObserver<JoinNodeResponse> answers) {
    answer(
        () -> {
          disk.requireRoom();
          requireRootLeader();
          return membership.join(request, Deadlines.ofCall());
        },
        answers);
  }

  @Override
  public void admitNode(AdmitNodeRequest request, StreamObserver<AdmitNodeResponse> answers) {
    answer(
        () -> {
          requireRootLeader();
          return membership.admit(request, Deadlines.ofCall());
        },
        answers);
  }

  @Override
  public void removeNode(RemoveNodeRequest request, StreamObserver<RemoveNodeResponse> answers) {
    answer(
        () -> {
          requireRootLeader();
          return membership.remove(request, Deadlines.ofCall());
        },
        answers);
  }

  @Override
  public void moveReplica(MoveReplicaRequest request, StreamObserver<MoveReplicaResponse> answers) {
    answer(
        () -> {
          requireRootLeader();
          return moves.order(request, Deadlines.ofCall());
        },
        answers);
  }

  @Override
  public void cancelMove(CancelMoveRequest request, StreamObserver<CancelMoveResponse> answers) {
    answer(
        () -> {
          requireRootLeader();
          return moves.cancel(request, Deadlines.ofCall());
        },
        answers);
  }

  @Override
  public void moveShard(MoveShardRequest request, StreamObserver<MoveShardResponse> answers) {
    answer(
        () -> {
          requireRootLeader();
          return shardMoves.order(request, Deadlines.ofCall());
        },
        answers);
  }

  @Override
  public void cancelShardMove(
      CancelShardMoveRequest request, StreamObserver<CancelShardMoveResponse> answers) {
    answer(
        () -> {
          requireRootLeader();
          return shardMoves.cancel(request, Deadlines.ofCall());
        },
        answers);
  }

  @Override
  public void listShardMoves(
      ListShardMovesRequest request, StreamObserver<ListShardMovesResponse> answers) {
    answer(
        () -> {
          requireRootLeader();
          return shardMoves.list(Deadlines.ofCall());
        },
        answers);
  }

  @Override
  public void initCluster(InitClusterRequest request, StreamObserver<InitClusterResponse> answers) {
    answer(
        () -> {
          clusterInit.requireThisCluster(request);
          requireLeader(replica(ShardGroupId.ROOT.value()));
          return clusterInit.init(Deadlines.ofCall());
        },
        answers);
  }

  @Override
  public void createNamespace(
      CreateNamespaceRequest request, StreamObserver<CreateNamespaceResponse> answers) {
    answer(
        () -> {
          CallCheck.requireNamespaceName(request.getNamespace());
          disk.requireRoom();
          requireRootLeader();
          return create(request.getNamespace(), CREATE_ATTEMPTS_MAX, Deadlines.ofCall());
        },
        answers);
  }

  private CompletableFuture<CreateNamespaceResponse> create(
      String name, int attemptsLeft, long deadlineNanos) {
    return gate.open(ShardGroupId.ROOT, new ReadContract.Linearizable(), deadlineNanos)
        .exceptionallyCompose(problem ->
            CompletableFuture.failedFuture(errors.translated(problem, ShardGroupId.ROOT)))
        .thenCompose(opened -> {
          if (cluster.namespaceId(name).isPresent()) {
            return CompletableFuture.completedFuture(created(false));
          }
          if (cluster.namespaces().size() >= ClusterView.NAMESPACES_MAX) {
            throw Refusal.limit(
                "namespaces", ClusterView.NAMESPACES_MAX, cluster.namespaces().size() + 1);
          }
          return rootWriter
              .createNamespace(opened.state(), name)
              .thenCompose(end -> afterCreate(end, name, attemptsLeft, deadlineNanos));
        });
  }

  private CompletableFuture<CreateNamespaceResponse> afterCreate(
      WriteEnd end, String name, int attemptsLeft, long deadlineNanos) {
    return switch (end) {
      case WriteEnd.Refused refused -> throw errors.refusal(refused.refusal(), ShardGroupId.ROOT);
      case WriteEnd.Unknown unknown -> throw errors.unknown(ShardGroupId.ROOT, unknown.message());
      case WriteEnd.Answered answered ->
          switch (RootWriter.created(answered.answer())) {
            case NEW -> CompletableFuture.completedFuture(created(true));
            case THERE_ALREADY -> CompletableFuture.completedFuture(created(false));
            case CONFLICT -> {
              if (attemptsLeft == 0) {
                throw Refusal.of(
                    ErrorReason.NOT_READY,
                    "too many namespaces are being created at once; retry",
                    "group",
                    0,
                    "reason",
                    "conflict");
              }
              yield create(name, attemptsLeft - 1, deadlineNanos);
            }
          };
    };
  }

  private static CreateNamespaceResponse created(boolean isNew) {
    return CreateNamespaceResponse.newBuilder().setCreated(isNew).build();
  }

  @Override
  public void listNamespaces(
      ListNamespacesRequest request, StreamObserver<ListNamespacesResponse> answers) {
    answer(
        () ->
            gate.open(ShardGroupId.ROOT, new ReadContract.Linearizable(), Deadlines.ofCall())
                .exceptionallyCompose(problem ->
                    CompletableFuture.failedFuture(errors.translated(problem, ShardGroupId.ROOT)))
                .thenApply(_ ->
                    ListNamespacesResponse.newBuilder()
                        .addAllNamespaces(cluster.namespaces().stream().sorted().toList())
                        .build()),
        answers);
  }

  @Override
  public void getDigest(GetDigestRequest request, StreamObserver<GetDigestResponse> answers) {
    answer(
        () -> {
          Replica replica = replica(request.getGroup());
          ReadContract contract =
              new ReadContract.AtLeast(new Revision(request.getAtLeastRevision()));
          return gate.open(replica.group(), contract, Deadlines.ofCall())
              .exceptionallyCompose(problem ->
                  CompletableFuture.failedFuture(errors.translated(problem, replica.group())))
              .thenApply(opened -> {
                StateDigest digest = opened.state().digest();
                return GetDigestResponse.newBuilder()
                    .setRevision(digest.revision())
                    .setDigest(digest.digest())
                    .setRecords(digest.records())
                    .setAppliedIndex(digest.appliedIndex())
                    .setNode(replica.node().value())
                    .setRole(AnswerStamp.role(replica.role()))
                    .build();
              });
        },
        answers);
  }

  @Override
  public void verifyTable(VerifyTableRequest request, StreamObserver<VerifyTableResponse> answers) {
    answer(
        () -> {
          Replica replica = replica(request.getGroup());
          return gate.open(replica.group(), new ReadContract.Local(), Deadlines.ofCall())
              .exceptionallyCompose(problem ->
                  CompletableFuture.failedFuture(errors.translated(problem, replica.group())))
              .thenCompose(opened -> walks.walk(opened, request.getTable()));
        },
        answers);
  }

  @Override
  public void getShardUsage(
      GetShardUsageRequest request, StreamObserver<GetShardUsageResponse> answers) {
    answer(
        () -> {
          Replica replica = replica(request.getGroup());
          return gate.open(replica.group(), new ReadContract.Local(), Deadlines.ofCall())
              .exceptionallyCompose(problem ->
                  CompletableFuture.failedFuture(errors.translated(problem, replica.group())))
              .thenApply(this::usage);
        },
        answers);
  }

  private GetShardUsageResponse usage(ReadGate.Opened opened) {
    GetShardUsageResponse.Builder answer =
        GetShardUsageResponse.newBuilder()
            .setNode(opened.replica().node().value())
            .setRole(AnswerStamp.role(opened.replica().role()));
    try {
      opened.state().tableUsage().stream()
          .sorted(Comparator.comparingInt(TableUsage::shard))
          .forEach(table -> answer.addShards(encode(table)));
    } catch (IllegalStateException closedMeanwhile) {
      throw errors.failedLookUp(opened, closedMeanwhile);
    }
    return answer.build();
  }

  private static ShardUsage encode(TableUsage table) {
    return ShardUsage.newBuilder()
        .setShard(table.shard())
        .setChanges(table.changes())
        .setRecords(table.records())
        .setBytes(table.liveBytes())
        .setSegments(table.segments())
        .setDirtySegments(table.dirtySegments())
        .build();
  }

  @Override
  public void createSnapshot(
      CreateSnapshotRequest request, StreamObserver<CreateSnapshotResponse> answers) {
    answer(
        () -> {
          Replica replica = replica(request.getGroup());
          return replica
              .snapshot()
              .thenApply(point ->
                  CreateSnapshotResponse.newBuilder()
                      .setIndex(point.index())
                      .setTerm(point.term())
                      .build())
              .exceptionallyCompose(problem ->
                  CompletableFuture.failedFuture(snapshots.refused(problem, replica.group())));
        },
        answers);
  }

  @Override
  public void exportSnapshot(ExportSnapshotRequest request, StreamObserver<SnapshotChunk> chunks) {
    try {
      snapshots.send(replica(request.getGroup()), chunks);
    } catch (RuntimeException refused) {
      chunks.onError(errors.tell(refused));
    }
  }

  private Replica replica(int group) {
    Replica replica = group < 0 ? null : replicas.get(new ShardGroupId(group));
    if (replica == null) {
      throw Refusal.of(
          ErrorReason.WRONG_NODE,
          "this node holds no replica of the group; group=" + group + "; see vxctl shard map",
          "group",
          group);
    }
    return replica;
  }

  /// Of a cluster that has begun: what changes the root group goes by its map.
  private void requireRootLeader() {
    requireLeader(replica(ShardGroupId.ROOT.value()));
    var _ = map();
  }

  private void requireLeader(Replica replica) {
    if (replica.role() != RaftRole.LEADER) {
      throw errors.toLeader(
          replica.group(),
          replica.leader(),
          "this replica does not lead group=" + replica.group().value());
    }
  }

  private <T> void answer(Supplier<CompletableFuture<T>> call, StreamObserver<T> answers) {
    CompletableFuture<T> future;
    try {
      future = call.get();
    } catch (RuntimeException refused) {
      future = CompletableFuture.failedFuture(refused);
    }
    var _ =
        future.whenComplete((answer, problem) -> {
          if (problem != null) {
            answers.onError(errors.tell(problem));
          } else {
            answers.onNext(answer);
            answers.onCompleted();
          }
        });
  }
}
