package io.vxmeta.raft.api;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.Consistency;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.Token;
import io.vxmeta.raft.api.CallCheck.CheckedRead;
import io.vxmeta.raft.api.CallCheck.CheckedScan;
import io.vxmeta.raft.api.SlowOperations.Operation;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.read.ReadGate.Opened;
import io.vxmeta.raft.read.ReadRefused;
import io.vxmeta.raft.read.ReadTally;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.MultiGet;
import io.vxmeta.statemachine.ShardNotServed;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Carries one read from the request through its gate to the answer.
final class ReadCalls {
  /* Threads: any. A read's question, look-up and answer are taken from spares and given back when the answer is written, the
   * answer's buffer when it is sent; those of a failed read are not. So spares are never in two hands.
   */

  /// Look-ups kept for their next use, of either kind.
  private static final int LOOK_UPS_KEPT = 16;

  /// One of more keys is not kept: each may hold 16 KiB of value.
  private static final int LOOK_UP_KEYS_KEPT = 256;

  private final Spares<MultiGet> wholeLookUps = new Spares<>(LOOK_UPS_KEPT, MultiGet::whole);
  private final Spares<MultiGet> lookUpsWithoutValues =
      new Spares<>(LOOK_UPS_KEPT, MultiGet::withoutValues);
  private final Spares<ReadQuestion> questions;
  private final ReadAnswers answers;
  private final CallCheck check;
  private final NamespaceCatchUp catchUp;
  private final ReadGate gate;
  private final ReadTally tally;
  private final CallErrors errors;
  private final AnswerStamp stamp;
  private final ClusterView cluster;

  ReadCalls(
      Spares<ReadQuestion> questions,
      CallCheck check,
      NamespaceCatchUp catchUp,
      ReadGate gate,
      ReadTally tally,
      CallErrors errors,
      AnswerStamp stamp,
      ClusterView cluster) {
    this.questions = questions;
    this.answers = new ReadAnswers(stamp);
    this.check = check;
    this.catchUp = catchUp;
    this.gate = gate;
    this.tally = tally;
    this.errors = errors;
    this.stamp = stamp;
    this.cluster = cluster;
  }

  /// The question is given back before its answer is there; the caller must not use it any more.
  CompletableFuture<ReadAnswer> read(
      ReadQuestion question, RouteHeader header, long deadlineNanos, Operation operation) {
    operation.asks(question.consistency(), question.keys());
    return catchUp
        .retrying(() -> check.read(question, header), deadlineNanos)
        .thenCompose(checked -> {
          operation.goesTo(checked.group(), checked.firstShard());
          return open(
                  checked.group(),
                  checked.mapEpoch(),
                  question.consistency(),
                  deadlineNanos,
                  operation)
              .thenApply(opened -> lookUp(question, checked, opened, operation));
        });
  }

  /// What a scan pages through.
  record ScanSource(CheckedScan checked, Opened opened, AnswerStamp stamp) {}

  CompletableFuture<ScanSource> scan(
      ScanRequest request, RouteHeader header, long deadlineNanos, Operation operation) {
    operation.asks(request.getConsistency());
    return catchUp
        .retrying(() -> check.scan(request, header), deadlineNanos)
        .thenCompose(checked -> {
          operation.goesTo(checked.group(), checked.shard());
          return open(
                  checked.group(),
                  checked.mapEpoch(),
                  request.getConsistency(),
                  deadlineNanos,
                  operation)
              .thenApply(opened -> new ScanSource(checked, opened, stamp));
        });
  }

  private CompletableFuture<Opened> open(
      ShardGroupId group,
      Epoch mapEpoch,
      Consistency consistency,
      long deadlineNanos,
      Operation operation) {
    ReadContract contract;
    try {
      contract = contract(group, mapEpoch, consistency);
    } catch (Refusal refusal) {
      return CompletableFuture.failedFuture(refusal);
    }
    if (operation.trace().isPresent()) {
      operation.trace().get().onWaiting();
    }
    return gate.open(group, contract, deadlineNanos)
        .whenComplete((opened, problem) -> count(contract, problem))
        .exceptionallyCompose(
            problem -> CompletableFuture.failedFuture(errors.translated(problem, group)));
  }

  private void count(ReadContract contract, @Nullable Throwable problem) {
    if (problem == null) {
      tally.onOpened(contract);
      return;
    }
    Throwable cause = problem instanceof CompletionException ? problem.getCause() : problem;
    if (cause instanceof ReadRefused refused) {
      tally.onRefused(refused.reason());
    }
  }

  private ReadContract contract(ShardGroupId group, Epoch mapEpoch, Consistency consistency) {
    return switch (consistency.getLevelCase()) {
      case LINEARIZABLE, LEVEL_NOT_SET -> new ReadContract.Linearizable();
      case AT_LEAST -> atLeast(group, mapEpoch, consistency.getAtLeast().getToken());
      case BOUNDED -> bounded(consistency.getBounded().getMaxStalenessMs());
      case LOCAL -> new ReadContract.Local();
    };
  }

  /// A token may be of a shard that came to its group with a map that this node does not have yet:
  /// then the group is not the one that has what the token covers, and nothing waits for it.
  private ReadContract atLeast(ShardGroupId group, Epoch mapEpoch, Token token) {
    if (!token.getClusterId().equals(stamp.clusterId())) {
      throw foreign(token);
    }
    if (token.getRevision() < 0) {
      throw Refusal.invalid(
          "consistency.at_least.token.revision",
          "a revision below 2^63",
          Long.toUnsignedString(token.getRevision()));
    }
    if (Long.compareUnsigned(token.getMapEpoch(), mapEpoch.value()) > 0) {
      throw CallCheck.mapBehind("token_map_epoch", token.getMapEpoch(), mapEpoch);
    }
    if (token.getGroup() == group.value()) {
      return new ReadContract.AtLeast(new Revision(token.getRevision()));
    }
    requireGroup(token.getGroup());
    // Of the group that the shard was in before: revisions of two groups can not be compared, but
    // the newest covers both.
    return new ReadContract.Linearizable();
  }

  private void requireGroup(int number) {
    if (number < 0
        || cluster.map().flatMap(map -> map.findGroup(new ShardGroupId(number))).isEmpty()) {
      throw Refusal.invalid(
          "consistency.at_least.token.group",
          "a group of this cluster",
          Integer.toUnsignedLong(number));
    }
  }

  /// Never compared by its revision: after a restore the same revisions are given to other writes.
  private Refusal foreign(Token token) {
    boolean older = cluster.comesFrom(token.getClusterId());
    return Refusal.of(
        ErrorReason.FOREIGN_TOKEN,
        (older
                ? "the token is of the cluster from whose backup this one was restored, which may"
                    + " hold less"
                : "the token is of another cluster")
            + "; cluster_id="
            + stamp.clusterId()
            + " token_cluster_id="
            + token.getClusterId()
            + "; drop the token"
            + (older ? " and read again what you rely on" : ""),
        "cluster_id",
        stamp.clusterId(),
        "token_cluster_id",
        token.getClusterId());
  }

  private static ReadContract bounded(long stalenessMs) {
    if (stalenessMs < 1 || stalenessMs > CallCheck.STALENESS_MS_MAX) {
      throw Refusal.invalid(
          "consistency.bounded.max_staleness_ms",
          "1.." + CallCheck.STALENESS_MS_MAX,
          Long.toUnsignedString(stalenessMs));
    }
    return new ReadContract.Bounded(stalenessMs);
  }

  private ReadAnswer lookUp(
      ReadQuestion question, CheckedRead checked, Opened opened, Operation operation) {
    if (operation.trace().isPresent()) {
      operation.trace().get().onOpened();
    }
    Spares<MultiGet> lookUps = question.keysOnly() ? lookUpsWithoutValues : wholeLookUps;
    MultiGet keys = lookUps.take();
    for (int i = 0; i < question.keys(); i++) {
      keys.add(
          question.shard(i), question.bytes(), question.tableKeyAt(i), question.tableKeyLength(i));
    }
    long revision = read(opened, keys);
    ReadAnswer answer =
        answers.of(
            question,
            keys,
            new ReadAnswers.Origin(
                opened.replica(), revision, opened.stalenessNanos(), checked.mapEpoch()));
    giveBack(keys, lookUps);
    giveBack(question);
    if (operation.trace().isPresent()) {
      operation.trace().get().onLookedUp();
    }
    return answer;
  }

  private static void giveBack(MultiGet keys, Spares<MultiGet> lookUps) {
    if (keys.size() <= LOOK_UP_KEYS_KEPT) {
      keys.clear();
      lookUps.giveBack(keys);
    }
  }

  private void giveBack(ReadQuestion question) {
    if (question.isSmall()) {
      questions.giveBack(question);
    }
  }

  private long read(Opened opened, MultiGet keys) {
    try {
      return opened.state().reader().read(keys);
    } catch (ShardNotServed refused) {
      throw CallErrors.notServed(opened.replica().group(), refused);
    } catch (IllegalStateException problem) {
      throw errors.failedLookUp(opened, problem);
    }
  }

  /// What a failed read of a stream is answered with.
  ReadAnswer failed(long id, Throwable problem) {
    return answers.ofFailed(id, errors.status(problem));
  }
}
