package io.vxmeta.raft.read;

import io.vxmeta.raft.ratis.AppliedEntries;
import io.vxmeta.raft.ratis.AppliedIndex;
import io.vxmeta.raft.ratis.IndexDigest;
import io.vxmeta.raft.ratis.Proposal;
import io.vxmeta.raft.ratis.Proposed;
import io.vxmeta.raft.ratis.RaftHost;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.GroupState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A member of the model's Raft as the read path sees it.
final class ModelReplica implements Replica {
  /* Between any two questions Raft may go on: `beforeAnswer` is where it does. What was told is remembered, because a round
   * of the barrier goes on with it, which the fingerprint of a state must know.
   */
  private static final List<Set<NodeId>> SETS =
      IntStream.range(0, 1 << ReadWorld.NODES.size()).mapToObj(ModelReplica::setOf).toList();

  private final RaftMember member;
  private final ModelSetup setup;
  private final GroupState state;
  private final Runnable beforeAnswer;
  private final AppliedIndex applied = new AppliedIndex(Runnable::run);
  private long keptCommit = -1;

  long toldTerm;
  RaftRole toldRole = RaftRole.FOLLOWER;
  long toldCommit;
  int toldVoters;
  int toldPrevious;

  ModelReplica(RaftMember member, ModelSetup setup, GroupState state, Runnable beforeAnswer) {
    this.member = member;
    this.setup = setup;
    this.state = state;
    this.beforeAnswer = beforeAnswer;
    onApplied();
  }

  private static Set<NodeId> setOf(int nodes) {
    return IntStream.range(0, ReadWorld.NODES.size())
        .filter(id -> ((nodes >> id) & 1) == 1)
        .mapToObj(ReadWorld.NODES::get)
        .collect(Collectors.toUnmodifiableSet());
  }

  void onApplied() {
    AppliedEntries.upTo(this, member.applied);
  }

  /// Lets go of all who wait, at the end of a run.
  void release() {
    AppliedEntries.upTo(this, Long.MAX_VALUE);
  }

  private boolean has(Flaw flaw) {
    return setup.flaw() == flaw;
  }

  // ---- what the read path asks

  @Override
  public RaftRole role() {
    beforeAnswer.run();
    toldRole = member.role;
    return toldRole;
  }

  @Override
  public long term() {
    beforeAnswer.run();
    toldTerm = member.term;
    return toldTerm;
  }

  @Override
  public boolean leaderReady() {
    beforeAnswer.run();
    return has(Flaw.NEVER_UNREADY) ? member.leads() : member.isReady();
  }

  @Override
  public Optional<NodeId> leader() {
    beforeAnswer.run();
    return member.leader == RaftMember.NOBODY
        ? Optional.empty()
        : Optional.of(ReadWorld.NODES.get(member.leader));
  }

  @Override
  public long committedIndex() {
    beforeAnswer.run();
    if (keptCommit < 0) {
      keptCommit = member.commit;
    }
    toldCommit = has(Flaw.COMMIT_INDEX_IS_KEPT) ? keptCommit : member.commit;
    return toldCommit;
  }

  @Override
  public Set<NodeId> voters() {
    beforeAnswer.run();
    Voters shown = member.shownVoters();
    toldVoters =
        switch (setup.flaw()) {
          case NOBODY_IS_ASKED -> 1 << member.id;
          case FIRST_VOTERS_FOR_EVER -> setup.voters();
          case ONLY_PREVIOUS_VOTERS -> shown.isJoint() ? shown.previous() : shown.current();
          default -> shown.current();
        };
    return SETS.get(toldVoters);
  }

  @Override
  public Set<NodeId> previousVoters() {
    beforeAnswer.run();
    toldPrevious =
        switch (setup.flaw()) {
          case NOBODY_IS_ASKED, FIRST_VOTERS_FOR_EVER, ONLY_PREVIOUS_VOTERS, ONLY_NEW_VOTERS -> 0;
          default -> member.shownVoters().previous();
        };
    return SETS.get(toldPrevious);
  }

  @Override
  public AppliedIndex applied() {
    return applied;
  }

  @Override
  public Optional<GroupState> state() {
    return Optional.of(state);
  }

  @Override
  public ShardGroupId group() {
    return ReadWorld.GROUP;
  }

  @Override
  public NodeId node() {
    return ReadWorld.NODES.get(member.id);
  }

  // ---- what it does not ask

  @Override
  public boolean alive() {
    return true;
  }

  @Override
  public long lastLogIndex() {
    return member.log.size() - 1L;
  }

  @Override
  public Optional<Set<NodeId>> settledVoters() {
    throw new UnsupportedOperationException();
  }

  @Override
  public long votersIndex() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Optional<String>> addVoter(Set<NodeId> voters, RaftHost.Peer added) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Optional<String>> stepDown(Duration within) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Optional<String>> removeVoter(Set<NodeId> voters, NodeId removed) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Proposed> propose(Proposal proposal) {
    throw new UnsupportedOperationException("expected no write through the read path");
  }

  @Override
  public List<IndexDigest> digests() {
    return List.of();
  }

  @Override
  public void announceCommit(NodeId follower) {}

  @Override
  public void closeAbandonedOffer() {
    throw new UnsupportedOperationException("expected no transfer through the read path");
  }

  @Override
  public Optional<Replication> replication() {
    throw new UnsupportedOperationException("expected no transfer through the read path");
  }

  @Override
  public Optional<Replication> copies() {
    throw new UnsupportedOperationException("expected no look at lines through the read path");
  }

  @Override
  public CompletableFuture<Optional<String>> transferLeadership(NodeId to, Duration within) {
    throw new UnsupportedOperationException("expected no transfer through the read path");
  }

  @Override
  public boolean standInsteadOf(NodeId leader) {
    throw new UnsupportedOperationException("expected no election through the read path");
  }

  @Override
  public CompletableFuture<SnapshotPoint> snapshot() {
    throw new UnsupportedOperationException("expected no snapshot through the read path");
  }

  @Override
  public void distrustSnapshot(long index) {
    throw new UnsupportedOperationException("expected no snapshot through the read path");
  }

  @Override
  public Optional<SnapshotPoint> latestSnapshot() {
    return Optional.empty();
  }

  @Override
  public long appliedBytesSinceSnapshot() {
    return 0;
  }

  @Override
  public long lag() {
    return 0;
  }

  void addTo(Fingerprint print) {
    if (has(Flaw.COMMIT_INDEX_IS_KEPT)) {
      print.add(keptCommit);
    }
  }
}
