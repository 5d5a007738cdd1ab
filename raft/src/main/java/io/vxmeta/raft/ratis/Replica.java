package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.GroupState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// This node's member of one shard group, as the write and read paths see it.
///
/// All questions are answered from memory and at once. Answers age immediately: whoever needs two
/// of them to agree asks, acts, and asks again (as the read barrier does with the term).
public interface Replica {
  ShardGroupId group();

  NodeId node();

  RaftRole role();

  long term();

  /// True when this replica leads and has applied the first entry of its own term, so that its
  /// commit index covers everything acknowledged by earlier leaders.
  boolean leaderReady();

  /// Who leads, as far as this replica knows.
  Optional<NodeId> leader();

  /// False when Raft gave this group up: then the process must not go on as if it served it.
  boolean alive();

  long committedIndex();

  /// Index of the last entry in this replica's log, committed or not.
  long lastLogIndex();

  AppliedIndex applied();

  /// Voters of the current configuration.
  Set<NodeId> voters();

  /// Voters of the configuration being left, while a change is under way; else empty.
  Set<NodeId> previousVoters();

  /// Voters of the newest configuration if that is committed, as far as this replica knows, and no
  /// change is under way; empty if not.
  Optional<Set<NodeId>> settledVoters();

  /// Of the log entry that made the voters what they are; on a leader that is ready.
  long votersIndex();

  /// Gives another node a vote, if this replica leads and these are the voters. It gets one only
  /// when it has nearly all of the log; until then the future does not end. Ends with why not, and
  /// empty if it has.
  CompletableFuture<Optional<String>> addVoter(Set<NodeId> voters, RaftHost.Peer added);

  /// Takes a node's vote, and the node out of the group, if this replica leads and these are the
  /// voters. Ends with why not, and empty if it did.
  CompletableFuture<Optional<String>> removeVoter(Set<NodeId> voters, NodeId removed);

  /// Appends an entry if this replica leads. Calls made one after the other are appended in that
  /// order.
  CompletableFuture<Proposed> propose(Proposal proposal);

  /// The state machine's memory. Changes when a snapshot is installed: ask again for each read.
  /// Empty while one is being installed.
  Optional<GroupState> state();

  /// Fingerprints of the state at the last log indexes that all replicas take them at.
  List<IndexDigest> digests();

  /// Tells a follower the commit index now instead of with the next heartbeat. Does nothing if it
  /// already knows.
  void announceCommit(NodeId follower);

  /// To be called once a second. A follower that was offered a snapshot refuses entries until its
  /// leader asks again. Nobody asks when that leader has gone and the next one's log has all that
  /// is needed, or when the leader has learnt meanwhile, from the answer to a heartbeat, where to
  /// go on; and with a second node down the group would have no majority for ever.
  void closeAbandonedOffer();

  CompletableFuture<Optional<String>> transferLeadership(NodeId to, Duration within);

  /// Stands for election now, without asking first who would vote, if this replica follows that
  /// leader; says whether it does. May wait for the disk.
  boolean standInsteadOf(NodeId leader);

  /// Gives the lead up, to whoever is elected next. Also while a voter is being added, which then
  /// ends; the future ends with why the lead was kept, and empty if it was not.
  CompletableFuture<Optional<String>> stepDown(Duration within);

  /// Takes a snapshot; completes when it is durable and the log behind it may go.
  CompletableFuture<SnapshotPoint> snapshot();

  /// The snapshot of that index is no good any more: whoever asks for one is given a newer one, or
  /// told that there is none ([RottenSnapshot]).
  void distrustSnapshot(long index);

  /// The newest durable snapshot, if there is one.
  Optional<SnapshotPoint> latestSnapshot();

  /// Bytes of the log entries applied here since the newest durable snapshot was cut.
  long appliedBytesSinceSnapshot();

  /// Log entries the slowest voter still lacks (on the leader), or entries known committed but not
  /// applied here.
  long lag();

  /// How far the log is on which disk; only where this replica leads, is ready, and no change of
  /// voters is under way.
  Optional<Replication> replication();

  /// How far the log is on which disk, as any leader knows it: also one that is not ready, or whose
  /// voters change.
  Optional<Replication> copies();

  record SnapshotPoint(long term, long index) {}

  enum RaftRole {
    LEADER,
    FOLLOWER,
    CANDIDATE,
    LISTENER
  }
}
