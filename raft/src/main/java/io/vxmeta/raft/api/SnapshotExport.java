package io.vxmeta.raft.api;

import io.grpc.stub.StreamObserver;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.FetchSnapshotRequest;
import io.vxmeta.client.v1.SnapshotChunk;
import io.vxmeta.raft.peer.SnapshotDonor;
import io.vxmeta.raft.ratis.NothingToSnapshot;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.RottenSnapshot;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Gives a snapshot away that covers every write acknowledged before it was asked for.
final class SnapshotExport {
  /* Why two attempts: the first may join a snapshot that was cut before the gate opened; the second is cut after that one. */
  private static final int ATTEMPTS_MAX = 2;

  private final ReadGate gate;
  private final SnapshotDonor donor;
  private final CallErrors errors;
  private final DiskGuard disk;

  SnapshotExport(ReadGate gate, SnapshotDonor donor, CallErrors errors, DiskGuard disk) {
    this.gate = gate;
    this.donor = donor;
    this.errors = errors;
    this.disk = disk;
  }

  void send(Replica replica, StreamObserver<SnapshotChunk> chunks) {
    var _ =
        gate.open(replica.group(), new ReadContract.Linearizable(), Deadlines.ofStreamedRead())
            .exceptionallyCompose(problem ->
                CompletableFuture.failedFuture(errors.translated(problem, replica.group())))
            .thenCompose(_ -> covering(replica, replica.applied().index(), ATTEMPTS_MAX))
            .thenAccept(index -> donor.send(everything(replica), index, chunks))
            .whenComplete((_, problem) -> {
              // A donor that refuses is told as well, or its caller would wait until the deadline.
              if (problem != null) {
                chunks.onError(errors.tell(refused(problem, replica.group())));
              }
            });
  }

  /// What a snapshot that could not be taken is told as.
  Throwable refused(Throwable problem, ShardGroupId group) {
    Throwable cause = problem instanceof CompletionException ? problem.getCause() : problem;
    if (cause instanceof NothingToSnapshot) {
      return Refusal.of(
          ErrorReason.NOTHING_TO_SNAPSHOT,
          "nothing to take a snapshot of: group="
              + group.value()
              + " has applied no entry; write something first",
          "group",
          group.value());
    }
    if (cause instanceof RottenSnapshot rotten) {
      return Refusal.of(
          ErrorReason.SNAPSHOT_ROTTEN,
          String.valueOf(rotten.getMessage()),
          "group",
          group.value(),
          "index",
          rotten.index());
    }
    return disk.orFull(problem);
  }

  private static FetchSnapshotRequest everything(Replica replica) {
    return FetchSnapshotRequest.newBuilder().setGroup(replica.group().value()).build();
  }

  private static CompletableFuture<Long> covering(Replica replica, long index, int attemptsLeft) {
    return replica
        .snapshot()
        .thenCompose(point -> {
          if (point.index() >= index) {
            return CompletableFuture.completedFuture(index);
          }
          if (attemptsLeft > 1) {
            return covering(replica, index, attemptsLeft - 1);
          }
          throw Refusal.of(
              ErrorReason.NOT_READY,
              "no snapshot up to index=" + index + " could be taken; retry",
              "group",
              replica.group().value(),
              "reason",
              "snapshot of index " + point.index());
        });
  }
}
