package io.vxmeta.raft.api;

import io.grpc.Context;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.VerifyTableResponse;
import io.vxmeta.raft.read.ReadGate.Opened;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.WalkedTable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Walks tables of live replicas for whoever asks, beside their work.
final class TableWalks {
  /* Threads: one virtual thread a walk; walks of one group wait for each other (GroupState.verifyInSteps).
   * A step holds the apply lock for a fraction of a millisecond; the pause after it gives the apply thread the lock, because a
   * lock that is taken again at once would go to the walk again and again. */

  /// As long as a step takes: a walk has the lock for half of the time at most.
  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private final CallErrors errors;

  TableWalks(CallErrors errors) {
    this.errors = errors;
  }

  /// @param table number of the replica's table
  CompletableFuture<VerifyTableResponse> walk(Opened opened, int table) {
    int tables = opened.state().tables();
    if (table < 0 || table >= tables) {
      throw Refusal.invalid("table", "0.." + (tables - 1), Integer.toUnsignedString(table));
    }
    Context call = Context.current();
    CompletableFuture<VerifyTableResponse> answer = new CompletableFuture<>();
    Thread _ =
        Thread.ofVirtual()
            .name("walk-" + opened.replica().group())
            .start(() -> {
              try {
                answer.complete(answer(opened, walked(opened, table, call)));
              } catch (Throwable problem) {
                answer.completeExceptionally(problem);
              }
            });
    return answer;
  }

  private WalkedTable walked(Opened opened, int table, Context call) {
    GroupState state = opened.state();
    try {
      return state
          .verifyInSteps(table, () -> pause(call))
          .orElseThrow(() ->
              Refusal.of(
                  ErrorReason.NOT_READY,
                  "a shard has left the group meanwhile; begin the walk anew",
                  "group",
                  opened.replica().group().value(),
                  "reason",
                  "shard moves"));
    } catch (IllegalStateException closedMeanwhile) {
      throw errors.failedLookUp(opened, closedMeanwhile);
    }
  }

  private static void pause(Context call) {
    if (call.isCancelled()) {
      throw new CancellationException("nobody waits for this walk any more");
    }
    LockSupport.parkNanos(PAUSE_NANOS);
  }

  private static VerifyTableResponse answer(Opened opened, WalkedTable walked) {
    return VerifyTableResponse.newBuilder()
        .setTables(opened.state().tables())
        .setShard(walked.shard())
        .setRecords(walked.verdict().records())
        .addAllProblems(walked.verdict().problems())
        .setRevision(walked.revision())
        .setNode(opened.replica().node().value())
        .setRole(AnswerStamp.role(opened.replica().role()))
        .build();
  }
}
