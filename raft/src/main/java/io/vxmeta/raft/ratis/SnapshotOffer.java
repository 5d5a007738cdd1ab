package io.vxmeta.raft.ratis;

import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/// A leader's offer of its snapshot to this replica, which refuses entries until Ratis has taken
/// the answer.
///
/// @param term the leader's
/// @param firstInLog where that leader's log begins
/// @param answer the installed snapshot's end; null for none
record SnapshotOffer(
    RaftPeerId leader,
    long term,
    TermIndex firstInLog,
    CompletableFuture<@Nullable TermIndex> answer) {}
