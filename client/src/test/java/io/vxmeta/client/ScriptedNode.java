package io.vxmeta.client;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.v1.ApplyThread;
import io.vxmeta.client.v1.CancelMoveRequest;
import io.vxmeta.client.v1.CancelMoveResponse;
import io.vxmeta.client.v1.CancelShardMoveRequest;
import io.vxmeta.client.v1.CancelShardMoveResponse;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.CreateNamespaceRequest;
import io.vxmeta.client.v1.CreateNamespaceResponse;
import io.vxmeta.client.v1.CreateSnapshotRequest;
import io.vxmeta.client.v1.CreateSnapshotResponse;
import io.vxmeta.client.v1.Freshness;
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
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.MoveReplicaRequest;
import io.vxmeta.client.v1.MoveReplicaResponse;
import io.vxmeta.client.v1.MoveShardRequest;
import io.vxmeta.client.v1.MoveShardResponse;
import io.vxmeta.client.v1.NodeDuty;
import io.vxmeta.client.v1.NumaDomainStatus;
import io.vxmeta.client.v1.PlaceLeaderRequest;
import io.vxmeta.client.v1.PlaceLeaderResponse;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.ReadResult;
import io.vxmeta.client.v1.ReadStreamRequest;
import io.vxmeta.client.v1.ReadStreamResponse;
import io.vxmeta.client.v1.Record;
import io.vxmeta.client.v1.RemoveNodeRequest;
import io.vxmeta.client.v1.RemoveNodeResponse;
import io.vxmeta.client.v1.ReplicaHome;
import io.vxmeta.client.v1.ReplicaStatus;
import io.vxmeta.client.v1.Role;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.ScanResponse;
import io.vxmeta.client.v1.SetNodeDutyRequest;
import io.vxmeta.client.v1.SetNodeDutyResponse;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.client.v1.ShardUsage;
import io.vxmeta.client.v1.Token;
import io.vxmeta.client.v1.TransferLeaderRequest;
import io.vxmeta.client.v1.TransferLeaderResponse;
import io.vxmeta.client.v1.VerifyTableRequest;
import io.vxmeta.client.v1.VerifyTableResponse;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMove;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// One scripted server: follows the protocol unless its script has a reaction for the next call.
final class ScriptedNode extends MetadataStoreGrpc.MetadataStoreImplBase
    implements ServerInterceptor {

  /// What to do with one call or one streamed transaction instead of answering it well.
  sealed interface Reaction {}

  /// Refuse it with this error; nothing is done.
  record Refuse(StatusRuntimeException error) implements Reaction {}

  /// Apply it, then fail without an answer.
  record ApplyThenFail(Status status) implements Reaction {}

  /// Let something happen, then react.
  record After(Runnable happens, Reaction then) implements Reaction {}

  /// Apply it, let something happen, then fail without an answer.
  record ApplyThenLet(Runnable happens, Status status) implements Reaction {}

  /// Apply it and never answer; opens the latch when the call is there.
  record ApplyThenHang(CountDownLatch arrived) implements Reaction {}

  /// Do nothing and never answer; opens the latch when the call is there.
  record Hang(CountDownLatch arrived) implements Reaction {}

  /// Answer a read with what there was when it came, but only when told to; opens the latch when
  /// the answer is made.
  record AnswerLater(CountDownLatch made, CountDownLatch go) implements Reaction {}

  /// Follow the protocol.
  record Behave() implements Reaction {}

  private static final Context.Key<ShardId> SHARD = Context.key("shard");
  private static final Context.Key<Epoch> EPOCH = Context.key("epoch");
  private static final Comparator<ByteString> BY_BYTES =
      ByteString.unsignedLexicographicalComparator();

  final NodeId id;
  final Queue<Reaction> writes = new ConcurrentLinkedQueue<>();
  final Queue<Reaction> reads = new ConcurrentLinkedQueue<>();
  final Queue<WriteRequest> writesSeen = new ConcurrentLinkedQueue<>();
  final Queue<ReadRequest> readsSeen = new ConcurrentLinkedQueue<>();
  final AtomicInteger mapsGiven = new AtomicInteger();

  /// So many scan streams break after a page.
  final AtomicInteger scanBreaks = new AtomicInteger();

  final AtomicInteger streams = new AtomicInteger();
  final AtomicInteger readStreams = new AtomicInteger();
  final AtomicInteger readStreamsEnded = new AtomicInteger();
  final TreeSet<String> namespaces = new TreeSet<>(List.of("default"));
  private final ScriptedCluster cluster;

  ScriptedNode(ScriptedCluster cluster, NodeId id) {
    this.cluster = cluster;
    this.id = id;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Context context =
        Context.current()
            .withValue(SHARD, CallHeaders.shard(headers).orElse(ShardId.ROOT))
            .withValue(EPOCH, CallHeaders.mapEpoch(headers).orElse(Epoch.NONE));
    return Contexts.interceptCall(context, call, headers, next);
  }

  private void check(String namespace, Iterable<ByteString> keys) {
    if (SHARD.get().isRoot()) {
      throw ScriptedCluster.error(ErrorReason.MISSING_SHARD_HEADER, Map.of());
    }
    if (!namespaces.contains(namespace)) {
      throw ScriptedCluster.error(ErrorReason.UNKNOWN_NAMESPACE, Map.of("namespace", namespace));
    }
    if (!EPOCH.get().equals(cluster.epoch())) {
      throw ScriptedCluster.error(
          ErrorReason.WRONG_EPOCH, Map.of("node_epoch", cluster.epoch().toString()));
    }
    ShardGroupId group = cluster.map().groupOf(SHARD.get());
    for (ByteString key : keys) {
      ShardId shard = ShardHash.shardOf(namespace, key.toByteArray());
      if (!cluster.map().groupOf(shard).equals(group)) {
        throw ScriptedCluster.error(ErrorReason.WRONG_SHARD_HEADER, Map.of());
      }
    }
  }

  private ShardGroupId group() {
    return cluster.map().groupOf(SHARD.get());
  }

  /// Of the sequence, if the request names it.
  private ShardGroupId group(WriteRequest request) {
    return request.getProducer().hasGroup()
        ? new ShardGroupId(request.getProducer().getGroup())
        : group();
  }

  private StatusRuntimeException moved(ShardGroupId group, long sequence) {
    return ScriptedCluster.error(
        ErrorReason.SHARD_MOVED,
        Map.of(
            "shard", SHARD.get().toString(),
            "group", group.toString(),
            "sequence", Long.toString(sequence)));
  }

  private void checkLeader(ShardGroupId group) {
    NodeId leader = cluster.leader(group);
    if (!leader.equals(id)) {
      throw ScriptedCluster.error(
          ErrorReason.NOT_LEADER,
          Map.of(
              "group", group.toString(),
              "leader_node", leader.value(),
              "leader_endpoint", cluster.endpoint(leader).toString()));
    }
  }

  private Freshness freshness(ShardGroupId group) {
    return Freshness.newBuilder()
        .setNode(id.value())
        .setRole(cluster.leader(group).equals(id) ? Role.ROLE_LEADER : Role.ROLE_FOLLOWER)
        .setToken(
            Token.newBuilder()
                .setClusterId(ScriptedCluster.CLUSTER)
                .setGroup(group.value())
                .setRevision(cluster.state.revision(group.value())))
        .setStalenessMs(0)
        .setMapEpoch(cluster.epoch().value())
        .build();
  }

  @Override
  public void read(ReadRequest request, StreamObserver<ReadResponse> out) {
    try {
      Optional<ReadResponse> answer = answer(request);
      if (answer.isPresent()) {
        out.onNext(answer.get());
        out.onCompleted();
      }
    } catch (StatusRuntimeException refused) {
      out.onError(refused);
    }
  }

  /// Empty: hang. Throws what the read is answered with.
  private Optional<ReadResponse> answer(ReadRequest request) {
    readsSeen.add(request);
    Reaction reaction = Optional.ofNullable(reads.poll()).orElse(new Behave());
    if (reaction instanceof Refuse refuse) {
      throw refuse.error();
    } else if (reaction instanceof Hang hang) {
      hang.arrived().countDown();
      return Optional.empty();
    }
    check(request.getNamespace(), request.getKeysList());
    if (!cluster.owner(SHARD.get()).equals(group())) {
      throw moved(group(), 0);
    }
    ReadResponse.Builder response = ReadResponse.newBuilder().setFreshness(freshness(group()));
    for (ByteString key : request.getKeysList()) {
      ReadResult.Builder result = ReadResult.newBuilder();
      cluster.state.find(request.getNamespace(), key).ifPresent(result::setRecord);
      response.addResults(result);
    }
    if (reaction instanceof AnswerLater later) {
      later.made().countDown();
      await(later.go());
    }
    return Optional.of(response.build());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// A refused read does not end the stream. The header is about the first read; later ones may be
  /// of any group.
  @Override
  public StreamObserver<ReadStreamRequest> readStream(StreamObserver<ReadStreamResponse> out) {
    readStreams.incrementAndGet();
    Context context = Context.current();
    return new StreamObserver<>() {
      private boolean first = true;

      @Override
      public void onNext(ReadStreamRequest request) {
        ReadRequest read = request.getRead();
        ShardId shard = ShardHash.shardOf(read.getNamespace(), read.getKeys(0).toByteArray());
        ShardId named = first ? SHARD.get(context) : shard;
        first = false;
        context.withValue(SHARD, named).run(() -> answerOne(request, shard));
      }

      private void answerOne(ReadStreamRequest request, ShardId shard) {
        ReadStreamResponse.Builder response =
            ReadStreamResponse.newBuilder().setId(request.getId());
        try {
          if (!SHARD.get().equals(shard)) {
            throw ScriptedCluster.error(ErrorReason.WRONG_SHARD_HEADER, Map.of());
          }
          answer(request.getRead()).ifPresent(read -> out.onNext(response.setRead(read).build()));
        } catch (StatusRuntimeException refused) {
          out.onNext(response.setError(StatusProto.fromThrowable(refused)).build());
        }
      }

      @Override
      public void onError(Throwable cancelled) {
        readStreamsEnded.incrementAndGet();
      }

      @Override
      public void onCompleted() {
        readStreamsEnded.incrementAndGet();
        out.onCompleted();
      }
    };
  }

  @Override
  public void write(WriteRequest request, StreamObserver<WriteResponse> out) {
    writesSeen.add(request);
    try {
      Optional<WriteResponse> answer = answer(request);
      if (answer.isPresent()) {
        out.onNext(answer.get());
        out.onCompleted();
      }
    } catch (StatusRuntimeException refused) {
      out.onError(refused);
    }
  }

  /// Empty: hang. Throws what the call ends with.
  private Optional<WriteResponse> answer(WriteRequest request) {
    Reaction reaction = Optional.ofNullable(writes.poll()).orElse(new Behave());
    if (reaction instanceof After after) {
      after.happens().run();
      reaction = after.then();
    }
    if (reaction instanceof Refuse refuse) {
      throw refuse.error();
    } else if (reaction instanceof Hang hang) {
      hang.arrived().countDown();
      return Optional.empty();
    }
    ShardGroupId group = group(request);
    WriteResponse answer =
        cluster
            .state
            .apply(group.value(), request, checked(request, group))
            .orElseThrow(() -> moved(group, request.getProducer().getSequence()))
            .toBuilder()
            .setFreshness(freshness(group))
            .build();
    if (reaction instanceof ApplyThenLet let) {
      let.happens().run();
      throw let.status().asRuntimeException();
    } else if (reaction instanceof ApplyThenFail fail) {
      throw fail.status().asRuntimeException();
    } else if (reaction instanceof ApplyThenHang hang) {
      hang.arrived().countDown();
      return Optional.empty();
    }
    return Optional.of(answer);
  }

  private ScriptedState.Owns checked(WriteRequest request, ShardGroupId group) {
    List<ByteString> keys = request.getMutationsList().stream().map(m -> m.getKey()).toList();
    check(request.getNamespace(), request.getProducer().hasGroup() ? List.of() : keys);
    checkLeader(group);
    return keys.stream()
            .map(key -> ShardHash.shardOf(request.getNamespace(), key.toByteArray()))
            .allMatch(shard -> cluster.owner(shard).equals(group))
        ? ScriptedState.Owns.ALL
        : ScriptedState.Owns.NOT;
  }

  @Override
  public StreamObserver<WriteRequest> writeStream(StreamObserver<WriteResponse> out) {
    streams.incrementAndGet();
    Context context = Context.current();
    return new StreamObserver<>() {
      private boolean over;

      @Override
      public void onNext(WriteRequest request) {
        if (!over) {
          context.run(() -> take(request));
        }
      }

      private void take(WriteRequest request) {
        writesSeen.add(request);
        try {
          answer(request).ifPresentOrElse(out::onNext, () -> over = true);
        } catch (StatusRuntimeException refused) {
          over = true;
          out.onError(refused);
        }
      }

      @Override
      public void onError(Throwable cancelled) {
        over = true;
      }

      @Override
      public void onCompleted() {
        out.onCompleted();
      }
    };
  }

  /// Pages in key order; the cursor is the last key given.
  @Override
  public void scan(ScanRequest request, StreamObserver<ScanResponse> out) {
    try {
      check(request.getNamespace(), List.of());
      List<Record> rest =
          cluster.state.records(request.getNamespace()).stream()
              .filter(record -> record.getKey().startsWith(request.getPrefix()))
              .filter(record ->
                  ShardHash.shardOf(request.getNamespace(), record.getKey().toByteArray()).value()
                      == request.getShard())
              .filter(record -> BY_BYTES.compare(record.getKey(), request.getCursor()) > 0)
              .sorted(Comparator.comparing(Record::getKey, BY_BYTES))
              .toList();
      int from = 0;
      do {
        int to = Math.min(rest.size(), from + request.getPageSize());
        ScanResponse.Builder response =
            ScanResponse.newBuilder()
                .addAllRecords(rest.subList(from, to))
                .setFreshness(freshness(group()));
        if (to < rest.size()) {
          response.setCursor(rest.get(to - 1).getKey());
        }
        out.onNext(response.build());
        from = to;
        if (from < rest.size() && scanBreaks.getAndDecrement() > 0) {
          throw Status.UNAVAILABLE.asRuntimeException();
        }
      } while (from < rest.size());
      out.onCompleted();
    } catch (StatusRuntimeException refused) {
      out.onError(refused);
    }
  }

  ClusterAdminGrpc.ClusterAdminImplBase admin() {
    return new Admin();
  }

  private final class Admin extends ClusterAdminGrpc.ClusterAdminImplBase {

    @Override
    public void getShardMap(GetShardMapRequest request, StreamObserver<ShardMapMessage> out) {
      mapsGiven.incrementAndGet();
      give(out, ShardMapCodec.encode(cluster.map()));
    }

    @Override
    public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> out) {
      GetStatusResponse.Builder status =
          GetStatusResponse.newBuilder()
              .setClusterId(ScriptedCluster.CLUSTER)
              .setNode(id.value())
              .setVersion("scripted")
              .setMapEpoch(cluster.epoch().value())
              .setReady(true)
              .addNumaDomains(domain(0, "0-3", "0-3", "10 21"))
              .addNumaDomains(domain(1, "4-7", "4-5", "21 10"))
              .addNumaDomains(domain(2, "", "", "17 28"));
      cluster.moves.forEach((group, move) ->
          status.addMoves(
              ShardMapCodec.encode(move).toBuilder()
                  .setStep(cluster.leader(group).equals(id) ? "its voters change" : "")));
      for (ShardGroup group : cluster.map().groups()) {
        NodeId leader = cluster.leader(group.id());
        status.addReplicas(
            ReplicaStatus.newBuilder()
                .setGroup(group.id().value())
                .setRole(leader.equals(id) ? Role.ROLE_LEADER : Role.ROLE_FOLLOWER)
                .setTerm(1)
                .setLeaderNode(leader.value())
                .setShards(cluster.map().shardsOf(group.id()).size())
                .addAllVoters(cluster.voters.getOrDefault(group.id(), List.of()))
                .setHome(
                    ReplicaHome.newBuilder()
                        .setDomain(group.id().value() % 2)
                        .setMemoryDomain(group.id().value() % 2)
                        .setApplyThread(
                            group.id().value() == 0
                                ? ApplyThread.APPLY_THREAD_NOT_SEEN
                                : ApplyThread.APPLY_THREAD_PINNED))
                .setRevision(cluster.state.revision(group.id().value())));
      }
      give(out, status.build());
    }

    private static NumaDomainStatus domain(int id, String cpus, String bound, String distances) {
      return NumaDomainStatus.newBuilder()
          .setDomain(id)
          .setCpus(cpus)
          .setBoundCpus(bound)
          .setMemoryBytes(64L << 30)
          .addAllDistances(Stream.of(distances.split(" ", -1)).map(Integer::valueOf).toList())
          .build();
    }

    @Override
    public void transferLeader(
        TransferLeaderRequest request, StreamObserver<TransferLeaderResponse> out) {
      ShardGroupId group = new ShardGroupId(request.getGroup());
      NodeId leader = cluster.leader(group);
      if (!leader.equals(id)) {
        out.onError(
            ScriptedCluster.error(ErrorReason.NOT_LEADER, Map.of("leader_node", leader.value())));
        return;
      }
      cluster.lead(request.getGroup(), new NodeId(request.getToNode()));
      give(
          out,
          TransferLeaderResponse.newBuilder()
              .setLeaderNode(request.getToNode())
              .setTerm(2)
              .build());
    }

    @Override
    public void placeLeader(PlaceLeaderRequest request, StreamObserver<PlaceLeaderResponse> out) {
      ShardGroupId group = new ShardGroupId(request.getGroup());
      NodeId leader = cluster.leader(group);
      if (!leader.equals(id)) {
        out.onError(
            ScriptedCluster.error(ErrorReason.NOT_LEADER, Map.of("leader_node", leader.value())));
        return;
      }
      NodeId wanted = cluster.wanted(group);
      PlaceLeaderResponse.Builder placed =
          PlaceLeaderResponse.newBuilder().setLeaderNode(wanted.value());
      if (wanted.equals(id)) {
        placed.setOutcome(LeaderPlacement.LEADER_PLACEMENT_IN_PLACE);
      } else if (!cluster.leadsRefused().isEmpty()) {
        placed
            .setOutcome(LeaderPlacement.LEADER_PLACEMENT_KEPT)
            .setLeaderNode(id.value())
            .setReason(wanted + ": " + cluster.leadsRefused());
      } else if (request.getDryRun()) {
        placed.setOutcome(LeaderPlacement.LEADER_PLACEMENT_WOULD_MOVE);
      } else {
        cluster.lead(group.value(), wanted);
        placed.setOutcome(LeaderPlacement.LEADER_PLACEMENT_MOVED);
      }
      give(out, placed.build());
    }

    @Override
    public void moveReplica(MoveReplicaRequest request, StreamObserver<MoveReplicaResponse> out) {
      if (!leadsRoot(out)) {
        return;
      }
      ReplicaMove move =
          ReplicaMove.between(
              new ShardGroupId(request.getGroup()),
              new NodeId(request.getFromNode()),
              new NodeId(request.getToNode()));
      boolean ordered = cluster.moves.putIfAbsent(move.group(), move) == null;
      give(out, MoveReplicaResponse.newBuilder().setOrdered(ordered).build());
    }

    @Override
    public void cancelMove(CancelMoveRequest request, StreamObserver<CancelMoveResponse> out) {
      if (!leadsRoot(out)) {
        return;
      }
      ReplicaMove move = cluster.moves.get(new ShardGroupId(request.getGroup()));
      if (move == null) {
        out.onError(ScriptedCluster.error(ErrorReason.INVALID_REQUEST, Map.of("field", "group")));
        return;
      }
      cluster.moves.put(move.group(), move.calledOff());
      give(
          out,
          CancelMoveResponse.newBuilder().setMove(ShardMapCodec.encode(move.calledOff())).build());
    }

    private boolean leadsRoot(StreamObserver<?> out) {
      NodeId leader = cluster.leader(ShardGroupId.ROOT);
      if (!leader.equals(id)) {
        out.onError(
            ScriptedCluster.error(ErrorReason.NOT_LEADER, Map.of("leader_node", leader.value())));
      }
      return leader.equals(id);
    }

    @Override
    public void moveShard(MoveShardRequest request, StreamObserver<MoveShardResponse> out) {
      if (!leadsRoot(out)) {
        return;
      }
      ShardId shard = new ShardId(request.getShard());
      ShardGroupId from = cluster.map().groupOf(shard);
      ShardGroupId to = new ShardGroupId(request.getToGroup());
      if (from.equals(to)) {
        give(out, MoveShardResponse.newBuilder().setDone(true).build());
        return;
      }
      ShardMove move = ShardMove.between(shard, from, to, 7);
      boolean ordered = cluster.shardMoves.putIfAbsent(shard, move) == null;
      give(
          out,
          MoveShardResponse.newBuilder()
              .setOrdered(ordered)
              .setMove(ShardMapCodec.encode(move))
              .build());
    }

    @Override
    public void cancelShardMove(
        CancelShardMoveRequest request, StreamObserver<CancelShardMoveResponse> out) {
      if (!leadsRoot(out)) {
        return;
      }
      ShardMove off =
          cluster.shardMoves.computeIfPresent(
              new ShardId(request.getShard()), (shard, move) -> move.calledOff());
      if (off == null) {
        out.onError(ScriptedCluster.error(ErrorReason.INVALID_REQUEST, Map.of("field", "shard")));
      } else {
        give(out, CancelShardMoveResponse.newBuilder().setMove(ShardMapCodec.encode(off)).build());
      }
    }

    @Override
    public void listShardMoves(
        ListShardMovesRequest request, StreamObserver<ListShardMovesResponse> out) {
      if (leadsRoot(out)) {
        ListShardMovesResponse.Builder response =
            ListShardMovesResponse.newBuilder().setMapEpoch(cluster.epoch().value());
        cluster.shardMoves.forEach((shard, move) ->
            response.addMoves(
                ShardMapCodec.encode(move).toBuilder()
                    .setStep("copies")
                    .setParts(3)
                    .setCopiedBytes(700_000)));
        give(out, response.build());
      }
    }

    @Override
    public void initCluster(InitClusterRequest request, StreamObserver<InitClusterResponse> out) {
      if (leadsRoot(out)) {
        give(
            out,
            InitClusterResponse.newBuilder()
                .setCreated(!cluster.begun.getAndSet(true))
                .setMap(ShardMapCodec.encode(cluster.map()))
                .build());
      }
    }

    @Override
    public void joinNode(JoinNodeRequest request, StreamObserver<JoinNodeResponse> out) {
      if (!leadsRoot(out)) {
        return;
      }
      Node node = ShardMapCodec.decode(request.getNode()).with(Node.Duty.JOINING);
      boolean changed = cluster.map().findNode(node.id()).isEmpty();
      if (changed) {
        cluster.announce(node);
      }
      give(
          out,
          JoinNodeResponse.newBuilder()
              .setMapEpoch(cluster.epoch().value())
              .setChanged(changed)
              .build());
    }

    @Override
    public void removeNode(RemoveNodeRequest request, StreamObserver<RemoveNodeResponse> out) {
      if (!leadsRoot(out)) {
        return;
      }
      NodeId node = new NodeId(request.getNode());
      boolean there = cluster.map().findNode(node).isPresent();
      if (there) {
        cluster.dismiss(node);
      }
      give(
          out,
          RemoveNodeResponse.newBuilder()
              .setMapEpoch(cluster.epoch().value())
              .setChanged(there)
              .setDone(!there)
              .build());
    }

    @Override
    public void setNodeDuty(SetNodeDutyRequest request, StreamObserver<SetNodeDutyResponse> out) {
      if (!leadsRoot(out)) {
        return;
      }
      NodeId node = new NodeId(request.getNode());
      boolean drain = request.getDuty() == NodeDuty.NODE_DUTY_DRAINING;
      boolean changed = cluster.map().node(node).drains() != drain;
      if (drain && cluster.map().nodes().stream().filter(each -> !each.drains()).count() == 1) {
        out.onError(ScriptedCluster.error(ErrorReason.NODE_NEEDED, Map.of("node", node.value())));
        return;
      }
      if (changed) {
        cluster.mark(node, drain ? Node.Duty.DRAINING : Node.Duty.SERVING);
      }
      give(
          out,
          SetNodeDutyResponse.newBuilder()
              .setMapEpoch(cluster.epoch().value())
              .setChanged(changed)
              .build());
    }

    @Override
    public void createNamespace(
        CreateNamespaceRequest request, StreamObserver<CreateNamespaceResponse> out) {
      boolean created = false;
      for (ScriptedNode node : cluster.nodes) {
        created |= node.namespaces.add(request.getNamespace());
      }
      give(out, CreateNamespaceResponse.newBuilder().setCreated(created).build());
    }

    @Override
    public void listNamespaces(
        ListNamespacesRequest request, StreamObserver<ListNamespacesResponse> out) {
      give(out, ListNamespacesResponse.newBuilder().addAllNamespaces(namespaces).build());
    }

    @Override
    public void getDigest(GetDigestRequest request, StreamObserver<GetDigestResponse> out) {
      give(
          out,
          GetDigestResponse.newBuilder()
              .setNode(id.value())
              .setRole(Role.ROLE_FOLLOWER)
              .setRevision(cluster.state.revision(request.getGroup()))
              .setDigest(0xabcL)
              .build());
    }

    @Override
    public void getShardUsage(
        GetShardUsageRequest request, StreamObserver<GetShardUsageResponse> out) {
      give(
          out,
          GetShardUsageResponse.newBuilder()
              .addShards(
                  ShardUsage.newBuilder().setShard(10).setChanges(7).setRecords(5).setBytes(500))
              .addShards(
                  ShardUsage.newBuilder().setShard(11).setChanges(8).setRecords(6).setBytes(600))
              .setNode(id.value())
              .build());
    }

    @Override
    public void verifyTable(VerifyTableRequest request, StreamObserver<VerifyTableResponse> out) {
      VerifyTableResponse.Builder answer =
          VerifyTableResponse.newBuilder()
              .setTables(2)
              .setShard(request.getTable() + 10)
              .setRecords(5)
              .setNode(id.value());
      if (cluster.damaged.contains(id) && request.getTable() == 1) {
        answer.addProblems("records counted as 6 but walked as 5");
      }
      give(out, answer.build());
    }

    @Override
    public void createSnapshot(
        CreateSnapshotRequest request, StreamObserver<CreateSnapshotResponse> out) {
      long revision = cluster.state.revision(request.getGroup());
      if (revision == 0) {
        out.onError(ScriptedCluster.error(ErrorReason.NOTHING_TO_SNAPSHOT, Map.of()));
        return;
      }
      give(out, CreateSnapshotResponse.newBuilder().setIndex(revision).setTerm(3).build());
    }

    private <A> void give(StreamObserver<A> out, A answer) {
      out.onNext(answer);
      out.onCompleted();
    }
  }
}
