package io.vxmeta.raft.read;

import io.vxmeta.raft.ratis.AppliedIndex;
import io.vxmeta.raft.ratis.IndexDigest;
import io.vxmeta.raft.ratis.Proposal;
import io.vxmeta.raft.ratis.Proposed;
import io.vxmeta.raft.ratis.RaftHost;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.RottenSnapshot;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.GroupState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// A replica whose Raft is a few fields: the deterministic twin of the one on Ratis.
public final class ScriptedReplica implements Replica {
  public RaftRole role = RaftRole.FOLLOWER;
  public long term;
  public boolean ready;
  public boolean alive = true;
  public long committed;
  public Set<NodeId> voters = Set.of();
  public Set<NodeId> previousVoters = Set.of();
  public Optional<NodeId> leader = Optional.empty();

  /// What was proposed, and how each of it will end.
  public final List<Proposal> proposals = new ArrayList<>();

  public final List<CompletableFuture<Proposed>> ends = new ArrayList<>();

  public Optional<GroupState> state = Optional.empty();

  public long bytesSinceSnapshot;

  /// How often a snapshot was asked for; each is durable at once, or fails at once.
  public int snapshots;

  public boolean snapshotsFail;

  private long rottenIndex = -1;

  /// If set, proposals end with this at once.
  public Optional<Proposed> endAtOnce = Optional.empty();

  public Optional<Replication> replication = Optional.empty();

  /// To whom leadership was to be transferred.
  public final List<NodeId> transfers = new ArrayList<>();

  /// Instead of whom it was to stand for election.
  public final List<NodeId> stands = new ArrayList<>();

  /// How an addition of a voter ends.
  public final CompletableFuture<Optional<String>> addition = new CompletableFuture<>();

  /// How often the lead was given up to whoever wants it.
  public int stepDowns;

  private final NodeId node;
  private final AppliedIndex applied = new AppliedIndex(Runnable::run);

  public ScriptedReplica(NodeId node) {
    this.node = node;
  }

  @Override
  public ShardGroupId group() {
    return new ShardGroupId(1);
  }

  @Override
  public NodeId node() {
    return node;
  }

  @Override
  public RaftRole role() {
    return role;
  }

  @Override
  public long term() {
    return term;
  }

  @Override
  public boolean leaderReady() {
    return ready && role == RaftRole.LEADER;
  }

  @Override
  public Optional<NodeId> leader() {
    return leader;
  }

  @Override
  public boolean alive() {
    return alive;
  }

  @Override
  public long committedIndex() {
    return committed;
  }

  @Override
  public long lastLogIndex() {
    return committed;
  }

  @Override
  public AppliedIndex applied() {
    return applied;
  }

  @Override
  public Set<NodeId> voters() {
    return voters;
  }

  @Override
  public Set<NodeId> previousVoters() {
    return previousVoters;
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
    return addition;
  }

  @Override
  public CompletableFuture<Optional<String>> stepDown(Duration within) {
    stepDowns++;
    return CompletableFuture.completedFuture(Optional.empty());
  }

  @Override
  public CompletableFuture<Optional<String>> removeVoter(Set<NodeId> voters, NodeId removed) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Proposed> propose(Proposal proposal) {
    proposals.add(proposal);
    CompletableFuture<Proposed> end = new CompletableFuture<>();
    ends.add(end);
    endAtOnce.ifPresent(end::complete);
    return end;
  }

  @Override
  public Optional<GroupState> state() {
    return state;
  }

  @Override
  public List<IndexDigest> digests() {
    return List.of();
  }

  @Override
  public void announceCommit(NodeId follower) {}

  @Override
  public void closeAbandonedOffer() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Optional<String>> transferLeadership(NodeId to, Duration within) {
    transfers.add(to);
    return CompletableFuture.completedFuture(Optional.empty());
  }

  @Override
  public boolean standInsteadOf(NodeId leader) {
    return stands.add(leader);
  }

  @Override
  public CompletableFuture<SnapshotPoint> snapshot() {
    snapshots++;
    if (snapshotsFail) {
      return CompletableFuture.failedFuture(new IllegalStateException("no room"));
    }
    if (applied.index() <= rottenIndex) {
      return CompletableFuture.failedFuture(
          new CompletionException(new RottenSnapshot(group(), rottenIndex)));
    }
    bytesSinceSnapshot = 0;
    return CompletableFuture.completedFuture(new SnapshotPoint(term, applied.index()));
  }

  @Override
  public void distrustSnapshot(long index) {
    rottenIndex = index;
  }

  @Override
  public long appliedBytesSinceSnapshot() {
    return bytesSinceSnapshot;
  }

  @Override
  public Optional<SnapshotPoint> latestSnapshot() {
    return Optional.empty();
  }

  @Override
  public long lag() {
    return 0;
  }

  @Override
  public Optional<Replication> replication() {
    return replication;
  }

  @Override
  public Optional<Replication> copies() {
    return replication;
  }
}
