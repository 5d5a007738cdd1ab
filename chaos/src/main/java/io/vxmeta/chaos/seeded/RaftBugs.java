package io.vxmeta.chaos.seeded;

import java.util.List;

/// Mistakes in replication and in reads.
final class RaftBugs {
  private static final String BARRIER = "io.vxmeta.raft.read.GroupBarrier";
  private static final String MACHINE = "io.vxmeta.raft.ratis.GroupMachine";
  private static final String RATIS = "org.apache.ratis.server.";
  private static final String LOG_WORKER = RATIS + "raftlog.segmented.SegmentedRaftLogWorker";

  static final List<SeededBug> ALL =
      List.of(
          SeededBug.inNodes(
              "read-barrier-off",
              "the leader answers reads without asking anybody whether it still leads",
              "linearizable reads",
              "server-order",
              new Patch(BARRIER + "$Round", "proven", Edit.answers(1))),
          SeededBug.inNodes(
              "barrier-reused",
              "a round of the read barrier takes over the proof of an earlier round of its term",
              "linearizable reads",
              "server-order",
              new Patch(
                  BARRIER,
                  "settleIfProven",
                  Edit.redirects("GroupBarrier$Round.proven", "provenBefore"))),
          SeededBug.inNodes(
              "follower-skips-wait",
              "a replica answers without waiting until it has applied the index it was told",
              "linearizable reads of followers",
              "server-order",
              new Patch("io.vxmeta.raft.read.ReadGate$Lane", "applied", Edit.becomes("noWait"))),
          SeededBug.inNodes(
              "ack-before-quorum",
              "the leader takes an entry for committed when one node has it, itself",
              "acknowledged writes survive",
              "server-order",
              new Patch(
                  RATIS + "impl.LeaderStateImpl$MinMajorityMax",
                  "getMajority",
                  Edit.becomes("highest"))),
          SeededBug.inNodes(
              "ack-before-fsync",
              "the log acknowledges entries that it has not written out",
              "acknowledged writes survive",
              "server-order",
              new Patch(
                  LOG_WORKER, "flushOutStream", Edit.skips("SegmentedRaftLogOutputStream.flush"))),
          SeededBug.inNodes(
              "fsync-error-swallowed",
              "an error of the log's fsync is ignored",
              "a node with a failing disk stops",
              "fail-stop",
              new Patch(
                  LOG_WORKER,
                  "flushOutStream",
                  Edit.redirects("SegmentedRaftLogOutputStream.flush", "flushAnyhow"))),
          SeededBug.inNodes(
              "vote-not-durable",
              "term and vote are kept in memory only",
              "one leader in a term",
              "terms",
              new Patch(
                  RATIS + "storage.RaftStorageMetadataFileImpl",
                  "persist",
                  Edit.becomes("persistOnce"))),
          SeededBug.inNodes(
              "apply-exception-swallowed",
              "an entry whose application failed is left out",
              "replicas are equal",
              "digests",
              new Patch(MACHINE, "applyTransaction", Edit.skips("FailStop.stop"))),
          SeededBug.inNodes(
              "wrong-epoch-accepted",
              "a call under an outdated shard map is carried out",
              "a moved shard is not written at its old place",
              "routing",
              new Patch(
                  "io.vxmeta.raft.api.CallCheck",
                  "map",
                  Edit.redirects("RouteHeader.mapEpoch", "noEpoch"))));

  private RaftBugs() {}
}
