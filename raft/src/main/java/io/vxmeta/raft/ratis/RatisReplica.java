package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.GroupState;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.client.impl.ClientProtoUtils;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One shard group's division of the Ratis server in this process.
final class RatisReplica implements Replica {
  /* Threads: any. Everything is asked of the division, which answers from memory.
   * Submission goes to the division itself, not to the server: the server's method hops through a blocking pool first.
   *   The division is a RaftClientAsynchronousProtocol only by implementation, so that cast stands here and nowhere else.
   * Every proposal has a fresh call id: Ratis' retry cache must never take two proposals for one.
   */
  private static final Logger LOG = LoggerFactory.getLogger(RatisReplica.class);
  private static final Duration SNAPSHOT_WAIT_MAX = Duration.ofMinutes(10);

  private final ShardGroupId group;
  private final NodeId node;
  private final RaftServer server;
  private final RaftServer.Division division;
  private final RaftClientAsynchronousProtocol submitter;
  private final GroupMachine machine;
  private final ClientId clientId = ClientId.randomId();
  private final AtomicLong callIds = new AtomicLong(1);
  private volatile @Nullable Members members;

  /// Had its answer when it was last looked at. Of the sweeper alone.
  private Optional<SnapshotOffer> answeredOffer = Optional.empty();

  /// Who votes by a configuration of Ratis, which is another object when it is another one.
  private record Members(
      RaftConfiguration configuration, Set<NodeId> voters, Set<NodeId> previousVoters) {}

  RatisReplica(
      ShardGroupId group,
      NodeId node,
      RaftServer server,
      RaftServer.Division division,
      GroupMachine machine) {
    this.group = group;
    this.node = node;
    this.server = server;
    this.division = division;
    this.submitter = (RaftClientAsynchronousProtocol) division;
    this.machine = machine;
  }

  @Override
  public ShardGroupId group() {
    return group;
  }

  @Override
  public NodeId node() {
    return node;
  }

  @Override
  public RaftRole role() {
    return switch (division.getInfo().getCurrentRole()) {
      case LEADER -> RaftRole.LEADER;
      case FOLLOWER -> RaftRole.FOLLOWER;
      case CANDIDATE -> RaftRole.CANDIDATE;
      case LISTENER -> RaftRole.LISTENER;
      case UNRECOGNIZED ->
          throw new IllegalStateException("Ratis has a role that this release does not know");
    };
  }

  @Override
  public long term() {
    return division.getInfo().getCurrentTerm();
  }

  @Override
  public boolean leaderReady() {
    return division.getInfo().isLeaderReady();
  }

  @Override
  public Optional<NodeId> leader() {
    return Optional.ofNullable(division.getInfo().getLeaderId()).map(RatisReplica::nodeOf);
  }

  /// Whether entries of that term, the current one, have come from that leader.
  boolean follows(RaftPeerId leader, long term) {
    // Ratis raises the term before it forgets the leader of the last one.
    synchronized (division) {
      return division.getInfo().getCurrentTerm() == term
          && leader.equals(division.getInfo().getLeaderId());
    }
  }

  @Override
  public boolean alive() {
    return division.getInfo().isAlive();
  }

  @Override
  public long committedIndex() {
    return division.getRaftLog().getLastCommittedIndex();
  }

  @Override
  public long lastLogIndex() {
    return division.getRaftLog().getNextIndex() - 1;
  }

  @Override
  public AppliedIndex applied() {
    return machine.applied();
  }

  @Override
  public Set<NodeId> voters() {
    return members().voters;
  }

  @Override
  public Set<NodeId> previousVoters() {
    return members().previousVoters;
  }

  /// Asked for several times by each round of the read barrier.
  @SuppressWarnings("ReferenceEquality") // Equal ones may be two: then the sets are made again.
  private Members members() {
    RaftConfiguration now = division.getRaftConf();
    Members known = members;
    if (known == null || known.configuration != now) {
      known = new Members(now, nodesOf(now.getCurrentPeers()), nodesOf(now.getPreviousPeers()));
      members = known;
    }
    return known;
  }

  @Override
  public Optional<Set<NodeId>> settledVoters() {
    RaftConfiguration conf = division.getRaftConf();
    return conf.getPreviousPeers().isEmpty() && committedIndex() >= conf.getLogEntryIndex()
        ? Optional.of(nodesOf(conf.getCurrentPeers()))
        : Optional.empty();
  }

  @Override
  public long votersIndex() {
    return division.getRaftConf().getLogEntryIndex();
  }

  @Override
  public CompletableFuture<Optional<String>> addVoter(Set<NodeId> voters, RaftHost.Peer added) {
    return change(
        voters, peers -> Stream.concat(peers.stream(), Stream.of(RaftHost.peer(added))).toList());
  }

  @Override
  public CompletableFuture<Optional<String>> removeVoter(Set<NodeId> voters, NodeId removed) {
    return change(
        voters,
        peers -> peers.stream().filter(peer -> !nodeOf(peer.getId()).equals(removed)).toList());
  }

  /// Ratis compares the voters by id, and refuses while a change is under way or its own
  /// configuration is not committed.
  private CompletableFuture<Optional<String>> change(
      Set<NodeId> voters, UnaryOperator<List<RaftPeer>> next) {
    List<RaftPeer> current = List.copyOf(division.getRaftConf().getCurrentPeers());
    if (!nodesOf(current).equals(voters)) {
      return CompletableFuture.completedFuture(
          Optional.of("its voters are others by now: " + nodesOf(current)));
    }
    SetConfigurationRequest request =
        new SetConfigurationRequest(
            clientId,
            division.getId(),
            division.getMemberId().getGroupId(),
            callIds.getAndIncrement(),
            SetConfigurationRequest.Arguments.newBuilder()
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                .setServersInCurrentConf(current)
                .setListenersInCurrentConf(List.of())
                .setServersInNewConf(next.apply(current))
                .setListenersInNewConf(List.of())
                .build());
    try {
      return server.setConfigurationAsync(request).handle(RatisReplica::problem);
    } catch (IOException e) {
      return CompletableFuture.completedFuture(Optional.of(e.toString()));
    }
  }

  private static Optional<String> problem(
      @Nullable RaftClientReply reply, @Nullable Throwable problem) {
    return reply != null && reply.isSuccess()
        ? Optional.empty()
        : Optional.of(String.valueOf(problem != null ? unwrap(problem) : exceptionOf(reply)));
  }

  @Override
  public Optional<GroupState> state() {
    return machine.state();
  }

  @Override
  public List<IndexDigest> digests() {
    return machine.digests();
  }

  @Override
  public Optional<SnapshotPoint> latestSnapshot() {
    return machine.latestSnapshot();
  }

  @Override
  public long appliedBytesSinceSnapshot() {
    return machine.appliedBytesSinceSnapshot();
  }

  @Override
  public long lag() {
    long[] matched = division.getInfo().getFollowerMatchIndices();
    if (matched == null || matched.length == 0) {
      return Math.max(0, committedIndex() - applied().index());
    }
    long slowest = Arrays.stream(matched).min().orElse(0);
    return Math.max(0, division.getRaftLog().getNextIndex() - 1 - slowest);
  }

  @Override
  public Optional<Replication> replication() {
    DivisionInfo info = division.getInfo();
    long term = info.getCurrentTerm();
    return copies()
        .filter(_ ->
            previousVoters().isEmpty() && info.isLeaderReady() && info.getCurrentTerm() == term);
  }

  /// Ratis gives names and indexes in two lists, both in the order of its senders, which the leader
  /// of a term makes once. Own index last, so that this node may only look better than it is.
  @Override
  public Optional<Replication> copies() {
    DivisionInfo info = division.getInfo();
    try {
      return info.isLeader() && info.isAlive() ? copiesOf(info) : Optional.empty();
    } catch (IllegalStateException endedMeanwhile) {
      // The group was closed, or another term began.
      return Optional.empty();
    }
  }

  private Optional<Replication> copiesOf(DivisionInfo info) {
    long term = info.getCurrentTerm();
    List<ServerRpcProto> peers = info.getRoleInfoProto().getLeaderInfo().getFollowerInfoList();
    long last = lastLogIndex();
    long[] matched = info.getFollowerMatchIndices();
    if (matched == null || matched.length != peers.size()) {
      return Optional.empty();
    }
    Set<NodeId> voters = voters();
    List<Replication.Follower> followers = new ArrayList<>();
    for (int i = 0; i < matched.length; i++) {
      ServerRpcProto peer = peers.get(i);
      NodeId follower = new NodeId(peer.getId().getId().toStringUtf8());
      if (voters.contains(follower)) {
        followers.add(
            new Replication.Follower(follower, matched[i], peer.getLastRpcElapsedTimeMs()));
      }
    }
    long flushed = division.getRaftLog().getFlushIndex();
    return info.isLeader() && info.getCurrentTerm() == term
        ? Optional.of(new Replication(last, flushed, followers))
        : Optional.empty();
  }

  @Override
  public CompletableFuture<Proposed> propose(Proposal proposal) {
    ProposalMessage message =
        new ProposalMessage(
            proposal, UnsafeByteOperations.unsafeWrap(proposal.entry(), 0, proposal.length()));
    try {
      return submitter
          .submitClientRequestAsync(request(message))
          .handle((reply, problem) -> proposed(message, reply, problem));
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.completedFuture(proposed(message, null, e));
    }
  }

  private RaftClientRequest request(Message message) {
    return RaftClientRequest.newBuilder()
        .setClientId(clientId)
        .setServerId(division.getId())
        .setGroupId(division.getMemberId().getGroupId())
        .setCallId(callIds.getAndIncrement())
        .setMessage(message)
        .setType(RaftClientRequest.writeRequestType())
        .build();
  }

  /// The one place that decides between "nothing happened" and "unknown": the entry reached this
  /// node's log or not.
  private Proposed proposed(
      ProposalMessage message, @Nullable RaftClientReply reply, @Nullable Throwable problem) {
    if (reply != null && reply.isSuccess()) {
      return new Proposed.Applied(reply.getLogIndex());
    }
    Throwable cause = problem != null ? unwrap(problem) : exceptionOf(reply);
    String text = String.valueOf(cause);
    if (message.appending()) {
      return new Proposed.Unknown(text);
    }
    return switch (cause) {
      case NotLeaderException moved ->
          new Proposed.NotAppended(
              Proposed.Cause.NOT_LEADER,
              Optional.ofNullable(moved.getSuggestedLeader()).map(peer -> nodeOf(peer.getId())),
              text);
      case ResourceUnavailableException _ ->
          new Proposed.NotAppended(Proposed.Cause.OVERLOADED, leader(), text);
      default -> new Proposed.NotAppended(Proposed.Cause.NOT_READY, leader(), text);
    };
  }

  private static Throwable exceptionOf(@Nullable RaftClientReply reply) {
    if (reply == null || reply.getException() == null) {
      return new IllegalStateException("no reply and no exception");
    }
    return reply.getException();
  }

  private static Throwable unwrap(Throwable problem) {
    Throwable inner = problem;
    while (inner instanceof CompletionException && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }

  /// Ratis sends the heartbeat as the last step of its own read-index call; the index it computes
  /// is not used here, because it is not linearizable.
  @Override
  public void announceCommit(NodeId follower) {
    RaftClientRequest read =
        RaftClientRequest.newBuilder()
            .setClientId(clientId)
            .setServerId(division.getId())
            .setGroupId(division.getMemberId().getGroupId())
            .setCallId(callIds.getAndIncrement())
            .setMessage(Message.EMPTY)
            .setType(RaftClientRequest.readRequestType())
            .build();
    ReadIndexRequestProto ask =
        ReadIndexRequestProto.newBuilder()
            .setServerRequest(inTheNameOf(RaftPeerId.valueOf(follower.value()), read.getCallId()))
            .setClientRequest(ClientProtoUtils.toRaftClientRequestProto(read))
            .build();
    try {
      var _ =
          server
              .readIndexAsync(ask)
              .whenComplete((reply, problem) -> {
                if (problem != null) {
                  LOG.debug("commit index not announced group={} to={}", group, follower, problem);
                }
              });
    } catch (IOException e) {
      LOG.debug("commit index not announced group={} to={}", group, follower, e);
    }
  }

  /// What begins a message between servers: here one of this node to itself, in another's name.
  private RaftRpcRequestProto.Builder inTheNameOf(RaftPeerId peer, long callId) {
    return RaftRpcRequestProto.newBuilder()
        .setRequestorId(peer.toByteString())
        .setReplyId(division.getId().toByteString())
        .setRaftGroupId(
            RaftGroupIdProto.newBuilder().setId(division.getMemberId().getGroupId().toByteString()))
        .setCallId(callId);
  }

  /// What the leader would say to look at the answer, said in its name, because it has no reason
  /// to.
  @Override
  public void closeAbandonedOffer() {
    long term;
    RaftPeerId leader;
    // Ratis raises the term before it forgets the leader of the last one: nobody is to be named for
    // a term in which he does not lead.
    synchronized (division) {
      term = division.getInfo().getCurrentTerm();
      leader = division.getInfo().getLeaderId();
    }
    Optional<SnapshotOffer> open = machine.openOffer();
    boolean forgotten = open.isPresent() && open.equals(answeredOffer);
    answeredOffer = open.filter(offer -> offer.answer().isDone());
    if (open.isEmpty()
        || leader == null
        || role() != RaftRole.FOLLOWER
        || (!forgotten && open.get().term() == term && open.get().leader().equals(leader))) {
      return;
    }
    SnapshotOffer offer = open.get();
    boolean answered;
    // So that fetched members are in force only with an answer that is their snapshot.
    synchronized (division) {
      answered = !offer.answer().complete(null);
    }
    InstallSnapshotRequestProto close =
        InstallSnapshotRequestProto.newBuilder()
            .setServerRequest(inTheNameOf(leader, callIds.getAndIncrement()))
            .setLeaderTerm(term)
            .setNotification(
                InstallSnapshotRequestProto.NotificationProto.newBuilder()
                    .setFirstAvailableTermIndex(offer.firstInLog().toProto()))
            .build();
    try {
      InstallSnapshotReplyProto reply = machine.closing(() -> server.installSnapshot(close));
      LOG.info(
          "closed a snapshot offer that nobody asked for any more group={} leader={} answered={}"
              + " result={}",
          group.value(),
          offer.leader(),
          answered,
          reply.getResult());
    } catch (IOException e) {
      LOG.warn("a snapshot offer stays open group={} leader={}", group, offer.leader(), e);
    }
  }

  @Override
  public CompletableFuture<Optional<String>> transferLeadership(NodeId to, Duration within) {
    return giveLead(RaftPeerId.valueOf(to.value()), within);
  }

  /// As if the leader had asked for it. Ratis declines if this replica's last entry is not of its
  /// current term, or if it knows of another leader.
  @Override
  public boolean standInsteadOf(NodeId leader) {
    TermIndex last = division.getRaftLog().getLastEntryTermIndex();
    if (last == null) {
      return false;
    }
    StartLeaderElectionRequestProto request =
        StartLeaderElectionRequestProto.newBuilder()
            .setServerRequest(
                inTheNameOf(RaftPeerId.valueOf(leader.value()), callIds.getAndIncrement()))
            .setLeaderLastEntry(last.toProto())
            .build();
    try {
      return server.startLeaderElection(request).getServerReply().getSuccess();
    } catch (IOException e) {
      LOG.warn("cannot stand for election: group={} instead_of={}", group, leader, e);
      return false;
    }
  }

  @Override
  public CompletableFuture<Optional<String>> stepDown(Duration within) {
    return giveLead(null, within);
  }

  /// @param to nobody: to whoever is elected
  private CompletableFuture<Optional<String>> giveLead(@Nullable RaftPeerId to, Duration within) {
    TransferLeadershipRequest request =
        new TransferLeadershipRequest(
            clientId,
            division.getId(),
            division.getMemberId().getGroupId(),
            callIds.getAndIncrement(),
            to,
            within.toMillis());
    try {
      return server.transferLeadershipAsync(request).handle(RatisReplica::problem);
    } catch (IOException e) {
      return CompletableFuture.completedFuture(Optional.of(e.toString()));
    }
  }

  /// Two calls to Ratis: the first cuts, the second reports the durable index so that the log may
  /// be purged.
  @Override
  public CompletableFuture<SnapshotPoint> snapshot() {
    CompletableFuture<SnapshotPoint> published = machine.requestSnapshot();
    askForSnapshot();
    return published.thenApply(point -> {
      askForSnapshot();
      return point;
    });
  }

  @Override
  public void distrustSnapshot(long index) {
    machine.distrustSnapshot(index);
  }

  private void askForSnapshot() {
    SnapshotManagementRequest request =
        SnapshotManagementRequest.newCreate(
            clientId,
            division.getId(),
            division.getMemberId().getGroupId(),
            callIds.getAndIncrement(),
            SNAPSHOT_WAIT_MAX.toMillis(),
            1);
    var _ =
        server
            .snapshotManagementAsync(request)
            .whenComplete((reply, problem) ->
                machine.snapshotAnswered(
                    problem == null && reply.isSuccess()
                        ? Optional.empty()
                        : Optional.of(
                            String.valueOf(problem != null ? problem : reply.getException()))));
  }

  private static Set<NodeId> nodesOf(Collection<RaftPeer> peers) {
    return peers.stream().map(peer -> nodeOf(peer.getId())).collect(Collectors.toUnmodifiableSet());
  }

  private static NodeId nodeOf(RaftPeerId peer) {
    return new NodeId(peer.toString());
  }
}
