package io.vxmeta.raft.peer;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.ConfirmRequest;
import io.vxmeta.client.v1.ConfirmResponse;
import io.vxmeta.client.v1.CopyStepRequest;
import io.vxmeta.client.v1.CopyStepResponse;
import io.vxmeta.client.v1.DigestsRequest;
import io.vxmeta.client.v1.DigestsResponse;
import io.vxmeta.client.v1.FetchSnapshotRequest;
import io.vxmeta.client.v1.GroupReadIndex;
import io.vxmeta.client.v1.GroupTerm;
import io.vxmeta.client.v1.IndexDigest;
import io.vxmeta.client.v1.IntroduceRequest;
import io.vxmeta.client.v1.IntroduceResponse;
import io.vxmeta.client.v1.OfferLeadRequest;
import io.vxmeta.client.v1.OfferLeadResponse;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.client.v1.ReadIndexRequest;
import io.vxmeta.client.v1.ReadIndexResponse;
import io.vxmeta.client.v1.ShardEntryRequest;
import io.vxmeta.client.v1.ShardStandingRequest;
import io.vxmeta.client.v1.ShardStandingResponse;
import io.vxmeta.client.v1.SnapshotChunk;
import io.vxmeta.client.v1.VotersRequest;
import io.vxmeta.client.v1.VotersResponse;
import io.vxmeta.raft.move.ShardGroups;
import io.vxmeta.raft.move.ShardGroups.CopyAsk;
import io.vxmeta.raft.move.ShardGroups.NotLeading;
import io.vxmeta.raft.move.ShardGroups.Said;
import io.vxmeta.raft.move.VoterQuestion;
import io.vxmeta.raft.move.Voters;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.read.ReadBarrier;
import io.vxmeta.raft.read.ReadRefused;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.statemachine.CopyStep;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Answers the other nodes' questions.
public final class PeerService extends PeerGrpc.PeerImplBase {
  /* Threads: gRPC's. A confirmation reads one number per group and never waits.
   * A caller of another cluster is refused: its terms and indices mean nothing here.
   */
  private static final long BARRIER_DEADLINE_MS = 1_500;

  /// A snapshot waits so long for its last entry to be committed and applied.
  private static final long APPLY_WAIT_MS = 10_000;

  private final String clusterId;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final ReadBarrier barrier;
  private final SnapshotDonor donor;
  private final Willingness willingness;
  private final Acquaintances acquaintances;
  private final VoterQuestion voters;
  private final ShardGroups shards;
  private final LongSupplier nanoClock;

  /// Of a node whose Raft server does not run.
  private static final ShardGroups NO_SHARDS =
      new ShardGroups() {
        @Override
        public CompletableFuture<Said> standing(ShardGroupId group, ShardId shard) {
          return CompletableFuture.failedFuture(new NotLeading(group, Optional.empty()));
        }

        @Override
        public CompletableFuture<Said> propose(ShardGroupId group, EncodedTransaction entry) {
          return CompletableFuture.failedFuture(new NotLeading(group, Optional.empty()));
        }

        @Override
        public CompletableFuture<CopyStep> copy(NodeId node, CopyAsk ask) {
          return CompletableFuture.completedFuture(new CopyStep.Over("the node is starting"));
        }
      };

  /// Says why this node would not lead a group whose leader has committed so much; empty: it would.
  @FunctionalInterface
  public interface Willingness {
    Optional<String> refusal(ShardGroupId group, long commitIndex);
  }

  /// Remembers the nodes that introduced themselves.
  @FunctionalInterface
  public interface Acquaintances {
    /// Under which incarnation the node was met first; durable when it returns.
    ///
    /// @param asked which node the caller takes this one for
    /// @throws IllegalArgumentException if it is no other initial member of this cluster, or this
    ///   node can not tell
    String meet(NodeId node, Optional<NodeId> asked, String incarnation) throws IOException;
  }

  public PeerService(
      String clusterId,
      Map<ShardGroupId, ? extends Replica> replicas,
      ReadBarrier barrier,
      SnapshotDonor donor,
      Willingness willingness,
      Acquaintances acquaintances,
      VoterQuestion voters,
      ShardGroups shards,
      LongSupplier nanoClock) {
    this.clusterId = clusterId;
    this.replicas = replicas;
    this.barrier = barrier;
    this.donor = donor;
    this.willingness = willingness;
    this.acquaintances = acquaintances;
    this.voters = voters;
    this.shards = shards;
    this.nanoClock = nanoClock;
  }

  /// Of a node whose Raft server does not run yet: it gives snapshots away, gets to know others,
  /// and confirms nobody.
  public static PeerService ofDonor(
      String clusterId, SnapshotDonor donor, Acquaintances acquaintances) {
    Map<ShardGroupId, Replica> none = Map.of();
    ReadBarrier nobody =
        new ReadBarrier(
            none,
            _ -> {
              throw new IllegalStateException("expected no group");
            },
            () -> 0);
    return new PeerService(
        clusterId,
        none,
        nobody,
        donor,
        (_, _) -> Optional.of("it is starting"),
        acquaintances,
        _ -> CompletableFuture.completedFuture(Voters.UNKNOWN),
        NO_SHARDS,
        () -> 0);
  }

  @Override
  public StreamObserver<ConfirmRequest> confirm(StreamObserver<ConfirmResponse> answers) {
    return new StreamObserver<>() {
      @Override
      public void onNext(ConfirmRequest request) {
        // A stream would stay with this service, so it must come anew to the one that has replicas.
        if (replicas.isEmpty()) {
          answers.onError(
              Status.UNAVAILABLE.withDescription("this node is starting").asRuntimeException());
          return;
        }
        if (isForeign(request.getClusterId(), answers)) {
          return;
        }
        ConfirmResponse.Builder response =
            ConfirmResponse.newBuilder().setRound(request.getRound());
        for (GroupTerm asked : request.getGroupsList()) {
          response.addGroups(
              GroupTerm.newBuilder().setGroup(asked.getGroup()).setTerm(termOf(asked.getGroup())));
        }
        answers.onNext(response.build());
      }

      @Override
      public void onError(Throwable problem) {
        // The asking side went away and will come back with a new stream; nothing is kept here.
      }

      @Override
      public void onCompleted() {
        answers.onCompleted();
      }
    };
  }

  private long termOf(int group) {
    Replica replica = replicas.get(new ShardGroupId(group));
    return replica == null ? 0 : replica.term();
  }

  private boolean isForeign(String callerCluster, StreamObserver<?> answers) {
    if (callerCluster.equals(clusterId)) {
      return false;
    }
    answers.onError(
        Status.FAILED_PRECONDITION
            .withDescription(
                "expected a node of this cluster; cluster="
                    + clusterId
                    + " caller="
                    + callerCluster
                    + "; check the caller's configuration")
            .asRuntimeException());
    return true;
  }

  @Override
  public void readIndex(ReadIndexRequest request, StreamObserver<ReadIndexResponse> answers) {
    if (isForeign(request.getClusterId(), answers)) {
      return;
    }
    NodeId follower = new NodeId(request.getFromNode());
    List<CompletableFuture<GroupReadIndex>> indices =
        request.getGroupsList().stream().map(group -> confirm(new ShardGroupId(group))).toList();
    var _ =
        CompletableFuture.allOf(indices.toArray(CompletableFuture[]::new))
            .thenRun(() -> {
              ReadIndexResponse.Builder response = ReadIndexResponse.newBuilder();
              indices.forEach(index -> response.addGroups(index.join()));
              answers.onNext(response.build());
              answers.onCompleted();
              request.getGroupsList().forEach(group -> announce(new ShardGroupId(group), follower));
            });
  }

  private CompletableFuture<GroupReadIndex> confirm(ShardGroupId group) {
    long deadline = nanoClock.getAsLong() + TimeUnit.MILLISECONDS.toNanos(BARRIER_DEADLINE_MS);
    return barrier
        .confirm(group, deadline)
        .handle((index, problem) -> {
          GroupReadIndex.Builder answer = GroupReadIndex.newBuilder().setGroup(group.value());
          if (problem == null) {
            return answer.setIndex(index).build();
          }
          Throwable cause = problem instanceof CompletionException ? problem.getCause() : problem;
          if (cause instanceof ReadRefused refused) {
            refused.leader().ifPresent(leader -> answer.setLeaderNode(leader.value()));
          }
          return answer.build();
        });
  }

  /// An idle follower would learn of the commit with the next heartbeat only.
  private void announce(ShardGroupId group, NodeId follower) {
    Replica replica = replicas.get(group);
    if (replica != null && replica.leaderReady()) {
      replica.announceCommit(follower);
    }
  }

  @Override
  public void digests(DigestsRequest request, StreamObserver<DigestsResponse> answers) {
    if (isForeign(request.getClusterId(), answers)) {
      return;
    }
    DigestsResponse.Builder response = DigestsResponse.newBuilder();
    Replica replica = replicas.get(new ShardGroupId(request.getGroup()));
    if (replica != null) {
      replica
          .digests()
          .forEach(sample ->
              response.addDigests(
                  IndexDigest.newBuilder().setIndex(sample.index()).setDigest(sample.digest())));
    }
    answers.onNext(response.build());
    answers.onCompleted();
  }

  @Override
  public void offerLead(OfferLeadRequest request, StreamObserver<OfferLeadResponse> answers) {
    if (isForeign(request.getClusterId(), answers)) {
      return;
    }
    OfferLeadResponse.Builder response = OfferLeadResponse.newBuilder();
    willingness
        .refusal(new ShardGroupId(request.getGroup()), request.getCommitIndex())
        .ifPresent(response::setRefusal);
    answers.onNext(response.build());
    answers.onCompleted();
  }

  @Override
  public void voters(VotersRequest request, StreamObserver<VotersResponse> answers) {
    if (isForeign(request.getClusterId(), answers)) {
      return;
    }
    var _ =
        voters
            .voters(new ShardGroupId(request.getGroup()))
            .thenAccept(known -> {
              answers.onNext(
                  VotersResponse.newBuilder()
                      .addAllVoters(known.nodes().stream().map(NodeId::value).sorted().toList())
                      .setIndex(known.index())
                      .setMembership(PeerVoters.SHARDS_MOVE)
                      .addAllNodes(known.cluster().stream().map(NodeId::value).sorted().toList())
                      .build());
              answers.onCompleted();
            });
  }

  @Override
  public void shardStanding(
      ShardStandingRequest request, StreamObserver<ShardStandingResponse> answers) {
    if (isForeign(request.getClusterId(), answers)) {
      return;
    }
    tell(
        shards.standing(new ShardGroupId(request.getGroup()), new ShardId(request.getShard())),
        answers);
  }

  @Override
  public void proposeShardEntry(
      ShardEntryRequest request, StreamObserver<ShardStandingResponse> answers) {
    if (isForeign(request.getClusterId(), answers)) {
      return;
    }
    tell(
        shards.propose(
            new ShardGroupId(request.getGroup()), ShardMessages.entry(request.getEntry())),
        answers);
  }

  private static void tell(
      CompletableFuture<Said> answer, StreamObserver<ShardStandingResponse> answers) {
    var _ =
        answer.whenComplete((said, problem) -> {
          Throwable cause =
              problem instanceof CompletionException && problem.getCause() != null
                  ? problem.getCause()
                  : problem;
          if (cause == null) {
            answers.onNext(ShardMessages.encode(said));
            answers.onCompleted();
          } else if (cause instanceof NotLeading notLeading) {
            answers.onNext(ShardMessages.encode(notLeading));
            answers.onCompleted();
          } else {
            answers.onError(
                Status.UNAVAILABLE.withDescription(cause.toString()).asRuntimeException());
          }
        });
  }

  @Override
  public void nextCopyStep(CopyStepRequest request, StreamObserver<CopyStepResponse> answers) {
    if (isForeign(request.getClusterId(), answers)) {
      return;
    }
    // Whoever is asked, is this node.
    NodeId asked = new NodeId(request.getNode());
    CopyAsk ask =
        new CopyAsk(
            new ShardGroupId(request.getGroup()),
            new ShardId(request.getShard()),
            request.getAttempt(),
            request.getCopy(),
            request.getAsk());
    var _ =
        shards
            .copy(asked, ask)
            .whenComplete((step, problem) -> {
              if (problem == null) {
                answers.onNext(ShardMessages.encode(step));
                answers.onCompleted();
              } else {
                answers.onError(
                    Status.UNAVAILABLE.withDescription(problem.toString()).asRuntimeException());
              }
            });
  }

  @Override
  public void introduce(IntroduceRequest request, StreamObserver<IntroduceResponse> answers) {
    if (isForeign(request.getClusterId(), answers)) {
      return;
    }
    try {
      // Only what a UUID can be: it is kept in a file of lines.
      String incarnation = UUID.fromString(request.getIncarnation()).toString();
      Optional<NodeId> asked =
          request.getToNode().isEmpty()
              ? Optional.empty()
              : Optional.of(new NodeId(request.getToNode()));
      String known = acquaintances.meet(new NodeId(request.getFromNode()), asked, incarnation);
      answers.onNext(IntroduceResponse.newBuilder().setIncarnation(known).build());
      answers.onCompleted();
    } catch (IllegalArgumentException e) {
      answers.onError(Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
    } catch (IOException e) {
      answers.onError(
          Status.UNAVAILABLE
              .withDescription("this node can not remember whom it meets: " + e)
              .asRuntimeException());
    }
  }

  @Override
  public void fetchSnapshot(FetchSnapshotRequest request, StreamObserver<SnapshotChunk> answers) {
    if (isForeign(request.getClusterId(), answers)) {
      return;
    }
    Replica replica = replicas.get(new ShardGroupId(request.getGroup()));
    if (replica == null && request.getAllAcknowledged()) {
      answers.onError(
          Status.FAILED_PRECONDITION
              .withDescription("this node leads no group yet; retry, or ask another replica")
              .asRuntimeException());
      return;
    }
    if (replica == null) {
      donor.send(request, request.getAtLeastIndex(), answers);
      return;
    }
    var _ =
        covered(replica, request)
            .thenCompose(index -> taken(replica, index))
            .whenComplete((index, problem) -> {
              if (problem == null) {
                donor.send(request, index, answers);
              } else {
                answers.onError(
                    Status.FAILED_PRECONDITION
                        .withDescription("no such snapshot can be taken here: " + problem)
                        .asRuntimeException());
              }
            });
  }

  /// The index that the snapshot must cover. What the caller may have acknowledged is in the log of
  /// whoever leads now; its own vote and its own answers count for nothing, because its Raft server
  /// does not run.
  private CompletableFuture<Long> covered(Replica replica, FetchSnapshotRequest request) {
    long asked = request.getAtLeastIndex();
    if (!request.getAllAcknowledged()) {
      return CompletableFuture.completedFuture(asked);
    }
    long deadline = nanoClock.getAsLong() + TimeUnit.MILLISECONDS.toNanos(BARRIER_DEADLINE_MS);
    return barrier
        .confirm(replica.group(), deadline)
        .thenApply(index -> Math.max(Math.max(asked, index), replica.lastLogIndex()));
  }

  /// Takes a snapshot unless the newest covers the index already.
  private static CompletableFuture<Long> taken(Replica replica, long index) {
    if (replica.latestSnapshot().filter(point -> point.index() >= index).isPresent()) {
      return CompletableFuture.completedFuture(index);
    }
    CompletableFuture<Void> applied = replica.applied().reached(index);
    return applied
        .orTimeout(APPLY_WAIT_MS, TimeUnit.MILLISECONDS)
        .whenComplete((_, _) -> applied.cancel(false))
        .thenCompose(_ -> replica.snapshot())
        .thenApply(_ -> index);
  }
}
