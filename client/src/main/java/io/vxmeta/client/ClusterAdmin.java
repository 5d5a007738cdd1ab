package io.vxmeta.client;

import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.grpc.UnaryCall;
import io.vxmeta.client.v1.AdmitNodeRequest;
import io.vxmeta.client.v1.AdmitNodeResponse;
import io.vxmeta.client.v1.CancelMoveRequest;
import io.vxmeta.client.v1.CancelShardMoveRequest;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.CreateNamespaceRequest;
import io.vxmeta.client.v1.CreateSnapshotRequest;
import io.vxmeta.client.v1.CreateSnapshotResponse;
import io.vxmeta.client.v1.GetDigestRequest;
import io.vxmeta.client.v1.GetDigestResponse;
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
import io.vxmeta.client.v1.ListShardMovesRequest;
import io.vxmeta.client.v1.ListShardMovesResponse;
import io.vxmeta.client.v1.MoveReplicaRequest;
import io.vxmeta.client.v1.MoveReplicaResponse;
import io.vxmeta.client.v1.MoveShardRequest;
import io.vxmeta.client.v1.MoveShardResponse;
import io.vxmeta.client.v1.NumaDomainStatus;
import io.vxmeta.client.v1.PlaceLeaderRequest;
import io.vxmeta.client.v1.PlaceLeaderResponse;
import io.vxmeta.client.v1.RemoveNodeRequest;
import io.vxmeta.client.v1.RemoveNodeResponse;
import io.vxmeta.client.v1.SetNodeDutyRequest;
import io.vxmeta.client.v1.SetNodeDutyResponse;
import io.vxmeta.client.v1.TransferLeaderRequest;
import io.vxmeta.client.v1.TransferLeaderResponse;
import io.vxmeta.client.v1.VerifyTableRequest;
import io.vxmeta.client.v1.VerifyTableResponse;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.NumaDomain;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.ShardMove;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/// Looks at and steers a cluster. Calls block up to the deadline and throw [CallFailed].
public final class ClusterAdmin {
  /* Threads: any. Two calls of this class go to nodes as they are given, without retries elsewhere: status and digest are
   * about the node itself. */

  /// What a node says of itself.
  public record NodeStatus(
      String clusterId,
      String node,
      String version,
      Epoch mapEpoch,
      Duration uptime,
      Readiness readiness,
      List<ReplicaStatus> replicas,
      long lockedBytes,
      long lockCapBytes,
      long pid,
      List<MachineDomain> domains,
      List<MoveStatus> moves) {
    public NodeStatus {
      replicas = List.copyOf(replicas);
      domains = List.copyOf(domains);
      moves = List.copyOf(moves);
    }
  }

  /// A NUMA domain of a node's machine.
  ///
  /// @param cpus as the kernel lists them; empty if it is memory alone
  /// @param boundCpus of these, those that groups are bound to
  /// @param distances to each domain of the machine, in their order
  public record MachineDomain(
      NumaDomain id, String cpus, String boundCpus, long memoryBytes, List<Integer> distances) {
    public MachineDomain {
      distances = List.copyOf(distances);
    }
  }

  /// A replica's move that is under way.
  ///
  /// @param step what is done, or was tried last, as the node says that leads the group; empty from
  ///   others
  public record MoveStatus(ReplicaMove move, String step) {}

  /// A shard's move that is under way, and how far it is.
  ///
  /// @param step what is being done, or was tried last and why it failed
  /// @param parts of the copy that the target has
  public record ShardMoveStatus(ShardMove move, String step, int parts, long copiedBytes) {}

  /// Whether an order is a new one.
  public enum MoveOrder {
    ORDERED,
    UNDER_WAY_ALREADY,
    /// Nothing is left to do.
    DONE_ALREADY
  }

  /// Where a replica lives in its node's machine.
  public record ReplicaHome(NumaDomain domain, NumaDomain memory, ApplyThread applyThread) {}

  /// What became of a replica's apply thread.
  public enum ApplyThread {
    /// It brought no entry yet, and is pinned with the first.
    NOT_SEEN,
    PINNED,
    /// The kernel refused.
    REFUSED,
    /// The node says something that this client does not know.
    UNKNOWN
  }

  /// Whether a node serves, and if not, why.
  public sealed interface Readiness {}

  /// The node serves.
  public record Ready() implements Readiness {}

  /// The node does not serve yet, or no longer.
  public record NotReady(String reason) implements Readiness {}

  /// What a node says of one of its replicas. `leaderNode` is empty when it knows of none, `home`
  /// when the replica lives wherever the kernel puts it, `voters` when the node's build is one that
  /// does not tell.
  public record ReplicaStatus(
      ShardGroupId group,
      ReplicaRole role,
      long term,
      String leaderNode,
      long commitIndex,
      long appliedIndex,
      Revision revision,
      long snapshotIndex,
      long records,
      long tableBytes,
      int shards,
      long lag,
      Optional<ReplicaHome> home,
      Set<NodeId> voters) {}

  /// A node's status, or why there is none.
  public sealed interface NodeReport {
    /// The node's name by the shard map; its endpoint when no map is known.
    String node();

    Endpoint endpoint();
  }

  /// The node answered.
  public record Answering(String node, Endpoint endpoint, NodeStatus status)
      implements NodeReport {}

  /// The node did not answer in time.
  public record Silent(String node, Endpoint endpoint, String why) implements NodeReport {}

  /// Who leads a group, in which term.
  public record Leadership(NodeId node, long term) {}

  /// Whether a lead is moved, or only looked at.
  public enum Placing {
    MOVE,
    DRY_RUN
  }

  /// What came of bringing a lead to where the shard map wants it.
  public enum LeadPlacement {
    IN_PLACE,
    MOVED,
    WOULD_MOVE,
    /// It should be elsewhere, but can not now.
    KEPT
  }

  /// A group's lead after an attempt to place it.
  ///
  /// @param leader who leads now, or would
  /// @param reason who was passed over and why, or why a transfer failed; may be empty
  public record PlacedLead(LeadPlacement placement, NodeId leader, String reason) {}

  /// Whether a node's duty was another one before.
  public enum DutyChange {
    CHANGED,
    WAS_SO_ALREADY
  }

  /// A node's duty as a shard map says it.
  public record NodeDuty(Epoch epoch, DutyChange change) {}

  /// A node that is to leave, as a shard map says it.
  public record Departure(Epoch epoch, MoveOrder order) {}

  /// What a new node is told when it is admitted.
  ///
  /// @param restoredFrom the backup that the cluster comes from, if it was restored
  public record Admission(ShardMap map, Optional<String> restoredFrom) {}

  /// A replica's whole state as one number: equal on all replicas whose applied index is equal.
  public record ReplicaDigest(
      String node,
      ReplicaRole role,
      Revision revision,
      long digest,
      long records,
      long appliedIndex) {}

  /// How one shard of a replica is used.
  ///
  /// @param changes puts and deletes since this replica made its table; only differences between
  ///   two answers of one node mean something
  /// @param bytes of the records with their keys and heads
  /// @param dirtySegments changed since the last snapshot
  public record ShardUsage(
      ShardId shard, long changes, long records, long bytes, long segments, long dirtySegments) {}

  /// How the shards of a group are used on one of its nodes.
  public record GroupUsage(NodeId node, List<ShardUsage> shards) {
    public GroupUsage {
      shards = List.copyOf(shards);
    }
  }

  /// What a walk over one table of a replica found; no problem, sound table.
  ///
  /// @param tables how many tables the replica has
  public record WalkedTable(
      int tables, int shard, long records, List<String> problems, Revision revision) {
    public WalkedTable {
      problems = List.copyOf(problems);
    }
  }

  /// A durable snapshot of one replica.
  public record SnapshotPoint(long index, long term, Revision revision) {}

  /// Takes a snapshot chunk by chunk: each file from its first byte to its last, one after the
  /// other.
  @FunctionalInterface
  public interface SnapshotSink {
    /// The next bytes of the file, or the first of the next one.
    ///
    /// @param crc32c of the data
    void chunk(String file, long offset, long fileLength, int crc32c, byte[] data)
        throws IOException;
  }

  /// What asking for a namespace came to.
  public enum NamespaceCreation {
    CREATED,
    EXISTED_ALREADY
  }

  /// What beginning a cluster came to.
  ///
  /// @param created whether this call did it
  /// @param map the cluster's, as it is now
  public record ClusterBeginning(boolean created, ShardMap map) {}

  private final GroupCall.Ground ground;
  private final Duration deadline;
  private final List<Endpoint> bootstrap;

  ClusterAdmin(GroupCall.Ground ground, Duration deadline, List<Endpoint> bootstrap) {
    this.ground = ground;
    this.deadline = deadline;
    this.bootstrap = bootstrap;
  }

  /// The map that this client goes by; it learns of newer ones from the answers to its calls.
  public ShardMap shardMap() {
    return Futures.await(MapWait.within(ground, Deadline.after(deadline)));
  }

  /// Asks a node for its map, and goes by it if it is newer: for who waits for a change.
  public ShardMap askShardMap() {
    return Futures.await(ground.topology().asked());
  }

  public NodeStatus status(NodeId node) {
    GetStatusResponse response =
        await(
            ClusterAdminGrpc.getGetStatusMethod(),
            GetStatusRequest.getDefaultInstance(),
            ShardGroupId.ROOT,
            new Route.Pinned(node));
    return decode(response);
  }

  /// Begins a cluster whose nodes wait for that, and does nothing in one that runs. The client's
  /// endpoints are asked, not those of a shard map.
  ///
  /// @param clusterId of the nodes that are meant; refused by those of another cluster
  public ClusterBeginning initCluster(Optional<String> clusterId) {
    InitClusterRequest request =
        InitClusterRequest.newBuilder().setClusterId(clusterId.orElse("")).build();
    InitClusterResponse response =
        new ClusterInit(ground, bootstrap, request).within(Deadline.after(deadline));
    return new ClusterBeginning(response.getCreated(), ShardMapCodec.decode(response.getMap()));
  }

  /// Asks every node of the shard map, or every given endpoint when no node has a map, each once.
  public List<NodeReport> statusOfAll() {
    List<CompletableFuture<NodeReport>> reports = targets().stream().map(this::report).toList();
    return reports.stream().map(Futures::await).toList();
  }

  private List<Target> targets() {
    try {
      return shardMap().nodes().stream().map(Target::of).toList();
    } catch (CallFailed noMap) {
      // The report of each endpoint says the same, and more.
      return bootstrap.stream().map(endpoint -> new Target(endpoint.toString(), endpoint)).toList();
    }
  }

  private CompletableFuture<NodeReport> report(Target target) {
    ground.channels().retryNow(target.endpoint());
    return UnaryCall.<GetStatusRequest, GetStatusResponse>send(
            ground.channels().to(target.endpoint()),
            ClusterAdminGrpc.getGetStatusMethod(),
            new Metadata(),
            GetStatusRequest.getDefaultInstance(),
            deadline.compareTo(ground.attempt()) < 0 ? deadline : ground.attempt())
        .<NodeReport>thenApply(
            response -> new Answering(target.node(), target.endpoint(), decode(response)))
        .exceptionally(
            failure -> new Silent(target.node(), target.endpoint(), MapFetch.describe(failure)));
  }

  private static NodeStatus decode(GetStatusResponse message) {
    return new NodeStatus(
        message.getClusterId(),
        message.getNode(),
        message.getVersion(),
        new Epoch(message.getMapEpoch()),
        Duration.ofMillis(message.getUptimeMs()),
        message.getReady() ? new Ready() : new NotReady(message.getNotReadyReason()),
        message.getReplicasList().stream().map(ClusterAdmin::decode).toList(),
        message.getLockedBytes(),
        message.getLockCapBytes(),
        message.getPid(),
        message.getNumaDomainsList().stream().map(ClusterAdmin::decode).toList(),
        message.getMovesList().stream()
            .map(move -> new MoveStatus(ShardMapCodec.decode(move), move.getStep()))
            .toList());
  }

  private static MachineDomain decode(NumaDomainStatus message) {
    return new MachineDomain(
        new NumaDomain(message.getDomain()),
        message.getCpus(),
        message.getBoundCpus(),
        message.getMemoryBytes(),
        message.getDistancesList());
  }

  private static ReplicaHome decode(io.vxmeta.client.v1.ReplicaHome message) {
    return new ReplicaHome(
        new NumaDomain(message.getDomain()),
        new NumaDomain(message.getMemoryDomain()),
        switch (message.getApplyThread()) {
          case APPLY_THREAD_NOT_SEEN -> ApplyThread.NOT_SEEN;
          case APPLY_THREAD_PINNED -> ApplyThread.PINNED;
          case APPLY_THREAD_REFUSED -> ApplyThread.REFUSED;
          case APPLY_THREAD_UNSPECIFIED, UNRECOGNIZED -> ApplyThread.UNKNOWN;
        });
  }

  private static ReplicaStatus decode(io.vxmeta.client.v1.ReplicaStatus message) {
    return new ReplicaStatus(
        new ShardGroupId(message.getGroup()),
        MessageCodec.decode(message.getRole()),
        message.getTerm(),
        message.getLeaderNode(),
        message.getCommitIndex(),
        message.getAppliedIndex(),
        new Revision(message.getRevision()),
        message.getSnapshotIndex(),
        message.getRecords(),
        message.getTableBytes(),
        message.getShards(),
        message.getLag(),
        message.hasHome() ? Optional.of(decode(message.getHome())) : Optional.empty(),
        message.getVotersList().stream().map(NodeId::new).collect(Collectors.toUnmodifiableSet()));
  }

  /// Returns when the node leads.
  public Leadership transferLeader(ShardGroupId group, NodeId to) {
    TransferLeaderResponse response =
        await(
            ClusterAdminGrpc.getTransferLeaderMethod(),
            TransferLeaderRequest.newBuilder()
                .setGroup(group.value())
                .setToNode(to.value())
                .build(),
            group,
            new Route.Leader());
    return new Leadership(new NodeId(response.getLeaderNode()), response.getTerm());
  }

  /// Has the group led where the shard map wants it, by the rules that its leader follows unasked.
  public PlacedLead placeLeader(ShardGroupId group, Placing placing) {
    PlaceLeaderResponse response =
        await(
            ClusterAdminGrpc.getPlaceLeaderMethod(),
            PlaceLeaderRequest.newBuilder()
                .setGroup(group.value())
                .setDryRun(placing == Placing.DRY_RUN)
                .build(),
            group,
            new Route.Leader());
    return new PlacedLead(
        decode(response.getOutcome()), new NodeId(response.getLeaderNode()), response.getReason());
  }

  private static LeadPlacement decode(LeaderPlacement outcome) {
    return switch (outcome) {
      case LEADER_PLACEMENT_IN_PLACE -> LeadPlacement.IN_PLACE;
      case LEADER_PLACEMENT_MOVED -> LeadPlacement.MOVED;
      case LEADER_PLACEMENT_WOULD_MOVE -> LeadPlacement.WOULD_MOVE;
      case LEADER_PLACEMENT_KEPT, LEADER_PLACEMENT_UNSPECIFIED, UNRECOGNIZED -> LeadPlacement.KEPT;
    };
  }

  /// Has a node serve or drain; returns when the root group says so.
  public NodeDuty setNodeDuty(NodeId node, Node.Duty duty) {
    SetNodeDutyResponse response =
        await(
            ClusterAdminGrpc.getSetNodeDutyMethod(),
            SetNodeDutyRequest.newBuilder()
                .setNode(node.value())
                .setDuty(ShardMapCodec.encode(duty))
                .build(),
            ShardGroupId.ROOT,
            new Route.Leader());
    return new NodeDuty(
        new Epoch(response.getMapEpoch()),
        response.getChanged() ? DutyChange.CHANGED : DutyChange.WAS_SO_ALREADY);
  }

  /// Announces a node that is to join the cluster; returns when the root group says so.
  public NodeDuty joinNode(Node node) {
    JoinNodeResponse response =
        await(
            ClusterAdminGrpc.getJoinNodeMethod(),
            JoinNodeRequest.newBuilder().setNode(ShardMapCodec.encode(node)).build(),
            ShardGroupId.ROOT,
            new Route.Leader());
    return new NodeDuty(
        new Epoch(response.getMapEpoch()),
        response.getChanged() ? DutyChange.CHANGED : DutyChange.WAS_SO_ALREADY);
  }

  /// Called by a new node that was announced: from then on its name belongs to the data directory
  /// of that incarnation.
  public Admission admitNode(String clusterId, Node node, String incarnation) {
    AdmitNodeResponse response =
        await(
            ClusterAdminGrpc.getAdmitNodeMethod(),
            AdmitNodeRequest.newBuilder()
                .setClusterId(clusterId)
                .setNode(ShardMapCodec.encode(node))
                .setIncarnation(incarnation)
                .build(),
            ShardGroupId.ROOT,
            new Route.Leader());
    return new Admission(
        ShardMapCodec.decode(response.getMap()),
        response.getRestoredFrom().isEmpty()
            ? Optional.empty()
            : Optional.of(response.getRestoredFrom()));
  }

  /// Has a node leave the cluster; returns when that is kept.
  ///
  /// @param successor who is to have what it has, where that can be; it is waited for while it is
  ///   silent
  public Departure removeNode(NodeId node, Optional<NodeId> successor) {
    RemoveNodeResponse response =
        await(
            ClusterAdminGrpc.getRemoveNodeMethod(),
            RemoveNodeRequest.newBuilder()
                .setNode(node.value())
                .setSuccessor(successor.map(NodeId::value).orElse(""))
                .build(),
            ShardGroupId.ROOT,
            new Route.Leader());
    MoveOrder underWay = response.getChanged() ? MoveOrder.ORDERED : MoveOrder.UNDER_WAY_ALREADY;
    return new Departure(
        new Epoch(response.getMapEpoch()), response.getDone() ? MoveOrder.DONE_ALREADY : underWay);
  }

  /// Orders a data group's replica to move to another node; returns when the order is kept.
  public MoveOrder moveReplica(ShardGroupId group, NodeId from, NodeId to) {
    MoveReplicaResponse response =
        await(
            ClusterAdminGrpc.getMoveReplicaMethod(),
            MoveReplicaRequest.newBuilder()
                .setGroup(group.value())
                .setFromNode(from.value())
                .setToNode(to.value())
                .build(),
            ShardGroupId.ROOT,
            new Route.Leader());
    if (response.getDone()) {
      return MoveOrder.DONE_ALREADY;
    }
    return response.getOrdered() ? MoveOrder.ORDERED : MoveOrder.UNDER_WAY_ALREADY;
  }

  /// Calls the move of a group's replica off; returns when that is kept, with the move.
  public ReplicaMove cancelMove(ShardGroupId group) {
    return ShardMapCodec.decode(
        await(
                ClusterAdminGrpc.getCancelMoveMethod(),
                CancelMoveRequest.newBuilder().setGroup(group.value()).build(),
                ShardGroupId.ROOT,
                new Route.Leader())
            .getMove());
  }

  /// Orders a shard to move to another data group; returns when the order is kept.
  public MoveOrder moveShard(ShardId shard, ShardGroupId to) {
    MoveShardResponse response =
        await(
            ClusterAdminGrpc.getMoveShardMethod(),
            MoveShardRequest.newBuilder().setShard(shard.value()).setToGroup(to.value()).build(),
            ShardGroupId.ROOT,
            new Route.Leader());
    if (response.getDone()) {
      return MoveOrder.DONE_ALREADY;
    }
    return response.getOrdered() ? MoveOrder.ORDERED : MoveOrder.UNDER_WAY_ALREADY;
  }

  /// Calls a shard's move off; returns when that is kept, with the move. One that the source has
  /// given away by then moves all the same.
  public ShardMove cancelShardMove(ShardId shard) {
    return ShardMapCodec.decode(
        await(
                ClusterAdminGrpc.getCancelShardMoveMethod(),
                CancelShardMoveRequest.newBuilder().setShard(shard.value()).build(),
                ShardGroupId.ROOT,
                new Route.Leader())
            .getMove());
  }

  /// The shard map's epoch, if no shard moves; with the same epoch later, none has moved between.
  public Optional<Epoch> epochWithoutMoves() {
    ListShardMovesResponse response = askShardMoves();
    return response.getMovesCount() == 0
        ? Optional.of(new Epoch(response.getMapEpoch()))
        : Optional.empty();
  }

  private ListShardMovesResponse askShardMoves() {
    return await(
        ClusterAdminGrpc.getListShardMovesMethod(),
        ListShardMovesRequest.getDefaultInstance(),
        ShardGroupId.ROOT,
        new Route.Leader());
  }

  /// The moves of shards that are under way, by shard.
  public List<ShardMoveStatus> shardMoves() {
    return askShardMoves().getMovesList().stream()
        .map(message ->
            new ShardMoveStatus(
                ShardMapCodec.decode(message),
                message.getStep(),
                message.getParts(),
                message.getCopiedBytes()))
        .toList();
  }

  public NamespaceCreation createNamespace(String namespace) {
    RequestLimits.checkNamespace(namespace);
    boolean created =
        await(
                ClusterAdminGrpc.getCreateNamespaceMethod(),
                CreateNamespaceRequest.newBuilder().setNamespace(namespace).build(),
                ShardGroupId.ROOT,
                new Route.Leader())
            .getCreated();
    return created ? NamespaceCreation.CREATED : NamespaceCreation.EXISTED_ALREADY;
  }

  public List<String> namespaces() {
    return List.copyOf(
        await(
                ClusterAdminGrpc.getListNamespacesMethod(),
                ListNamespacesRequest.getDefaultInstance(),
                ShardGroupId.ROOT,
                new Route.Leader())
            .getNamespacesList());
  }

  /// The digest of the node's replica once it has applied at least that revision.
  public ReplicaDigest digest(NodeId node, ShardGroupId group, Revision atLeast) {
    GetDigestResponse response =
        await(
            ClusterAdminGrpc.getGetDigestMethod(),
            GetDigestRequest.newBuilder()
                .setGroup(group.value())
                .setAtLeastRevision(atLeast.value())
                .build(),
            group,
            new Route.Pinned(node));
    return new ReplicaDigest(
        response.getNode(),
        MessageCodec.decode(response.getRole()),
        new Revision(response.getRevision()),
        response.getDigest(),
        response.getRecords(),
        response.getAppliedIndex());
  }

  /// How the group's shards are used, by the replica that leads it.
  public GroupUsage shardUsage(ShardGroupId group) {
    GetShardUsageResponse response =
        await(
            ClusterAdminGrpc.getGetShardUsageMethod(),
            GetShardUsageRequest.newBuilder().setGroup(group.value()).build(),
            group,
            new Route.Leader());
    return new GroupUsage(
        new NodeId(response.getNode()),
        response.getShardsList().stream().map(ClusterAdmin::decode).toList());
  }

  private static ShardUsage decode(io.vxmeta.client.v1.ShardUsage message) {
    return new ShardUsage(
        new ShardId(message.getShard()),
        message.getChanges(),
        message.getRecords(),
        message.getBytes(),
        message.getSegments(),
        message.getDirtySegments());
  }

  /// Walks one table of the node's replica to its end, beside the replica's work.
  ///
  /// @param table number of the table, from 0
  public WalkedTable verify(NodeId node, ShardGroupId group, int table) {
    VerifyTableResponse response =
        await(
            ClusterAdminGrpc.getVerifyTableMethod(),
            VerifyTableRequest.newBuilder().setGroup(group.value()).setTable(table).build(),
            group,
            new Route.Pinned(node));
    return new WalkedTable(
        response.getTables(),
        response.getShard(),
        response.getRecords(),
        response.getProblemsList(),
        new Revision(response.getRevision()));
  }

  /// Returns when the snapshot of the node's replica is durable.
  public SnapshotPoint createSnapshot(NodeId node, ShardGroupId group) {
    CreateSnapshotResponse response =
        await(
            ClusterAdminGrpc.getCreateSnapshotMethod(),
            CreateSnapshotRequest.newBuilder().setGroup(group.value()).build(),
            group,
            new Route.Pinned(node));
    return new SnapshotPoint(
        response.getIndex(), response.getTerm(), new Revision(response.getRevision()));
  }

  /// Receives a snapshot of the node's replica that covers every write acknowledged before the
  /// call; returns after its last chunk.
  ///
  /// @param within for all of it
  /// @throws IOException what the sink throws
  public void exportSnapshot(NodeId node, ShardGroupId group, Duration within, SnapshotSink sink)
      throws IOException {
    Target target = Target.of(shardMap().node(node));
    new SnapshotExport(ground.channels().to(target.endpoint()), group, within).receive(sink);
  }

  private <Q, A> A await(
      MethodDescriptor<Q, A> method, Q request, ShardGroupId group, Route.Preference preference) {
    Ending<A> ending =
        Futures.await(
            GroupCall.start(
                ground,
                new AdminQuestion<>(method, request, group),
                preference,
                Deadline.after(deadline)));
    if (ending instanceof Ending.Answered<A> answered) {
      return answered.answer();
    }
    throw ending instanceof Ending.Failed<A> failed
        ? failed.why().here()
        : new IllegalStateException("a call about one group moved: " + ending);
  }

  private record AdminQuestion<Q, A>(MethodDescriptor<Q, A> method, Q request, ShardGroupId about)
      implements GroupCall.Question<A> {

    @Override
    public Optional<ShardGroupId> group(ShardMap map) {
      return Optional.of(about);
    }

    @Override
    public CompletableFuture<A> ask(
        Channel channel, ShardMap map, ShardGroupId group, Duration limit) {
      return UnaryCall.send(channel, method, new Metadata(), request, limit);
    }

    @Override
    public Optional<Freshness> freshness(A answer) {
      return Optional.empty();
    }
  }
}
