package io.vxmeta.raft.api;

import com.google.protobuf.UnsafeByteOperations;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.Consistency;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.ReadResult;
import io.vxmeta.client.v1.Record;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.Token;
import io.vxmeta.raft.api.CallCheck.CheckedRead;
import io.vxmeta.raft.api.CallCheck.CheckedScan;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.read.ReadGate.Opened;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.MultiGet;
import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.table.RecordView;
import java.util.concurrent.CompletableFuture;

/// Carries one read from the request through its gate to the answer.
final class ReadCalls {
  private final CallCheck check;
  private final NamespaceCatchUp catchUp;
  private final ReadGate gate;
  private final CallErrors errors;
  private final AnswerStamp stamp;
  private final ClusterView cluster;

  ReadCalls(
      CallCheck check,
      NamespaceCatchUp catchUp,
      ReadGate gate,
      CallErrors errors,
      AnswerStamp stamp,
      ClusterView cluster) {
    this.check = check;
    this.catchUp = catchUp;
    this.gate = gate;
    this.errors = errors;
    this.stamp = stamp;
    this.cluster = cluster;
  }

  CompletableFuture<ReadResponse> read(
      ReadRequest request, RouteHeader header, long deadlineNanos) {
    return catchUp
        .retrying(() -> check.read(request, header), deadlineNanos)
        .thenCompose(checked ->
            open(checked.group(), request.getConsistency(), deadlineNanos)
                .thenApply(opened -> lookUp(request, checked, opened)));
  }

  /// What a scan pages through.
  record ScanSource(CheckedScan checked, Opened opened, AnswerStamp stamp) {}

  CompletableFuture<ScanSource> scan(ScanRequest request, RouteHeader header, long deadlineNanos) {
    return catchUp
        .retrying(() -> check.scan(request, header), deadlineNanos)
        .thenCompose(checked ->
            open(checked.group(), request.getConsistency(), deadlineNanos)
                .thenApply(opened -> new ScanSource(checked, opened, stamp)));
  }

  private CompletableFuture<Opened> open(
      ShardGroupId group, Consistency consistency, long deadlineNanos) {
    ReadContract contract;
    try {
      contract = contract(group, consistency);
    } catch (Refusal refusal) {
      return CompletableFuture.failedFuture(refusal);
    }
    return gate.open(group, contract, deadlineNanos)
        .exceptionallyCompose(
            problem -> CompletableFuture.failedFuture(errors.translated(problem, group)));
  }

  private ReadContract contract(ShardGroupId group, Consistency consistency) {
    return switch (consistency.getLevelCase()) {
      case LINEARIZABLE, LEVEL_NOT_SET -> new ReadContract.Linearizable();
      case AT_LEAST -> atLeast(group, consistency.getAtLeast().getToken());
      case BOUNDED -> bounded(consistency.getBounded().getMaxStalenessMs());
      case LOCAL -> new ReadContract.Local();
    };
  }

  private ReadContract atLeast(ShardGroupId group, Token token) {
    if (!token.getClusterId().equals(stamp.clusterId())) {
      throw foreign(token);
    }
    if (token.getGroup() != group.value()) {
      throw Refusal.invalid(
          "consistency.at_least.token.group", "the keys' group " + group.value(), token.getGroup());
    }
    if (token.getRevision() < 0) {
      throw Refusal.invalid(
          "consistency.at_least.token.revision",
          "a revision below 2^63",
          Long.toUnsignedString(token.getRevision()));
    }
    return new ReadContract.AtLeast(new Revision(token.getRevision()));
  }

  /// Never compared by its revision: after a restore the same revisions are given to other writes.
  private Refusal foreign(Token token) {
    boolean older = cluster.comesFrom(token.getClusterId());
    return Refusal.of(
        ErrorReason.FOREIGN_TOKEN,
        (older
                ? "the token is of the cluster from whose backup this one was restored, which may hold less"
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

  private ReadResponse lookUp(ReadRequest request, CheckedRead checked, Opened opened) {
    MultiGet keys = request.getKeysOnly() ? MultiGet.withoutValues() : MultiGet.whole();
    for (int i = 0; i < checked.shards().length; i++) {
      byte[] key = checked.tableKeys()[i];
      keys.add(checked.shards()[i], key, 0, key.length);
    }
    long revision = read(opened, keys);
    ReadResponse.Builder response =
        ReadResponse.newBuilder()
            .setFreshness(
                stamp.of(opened.replica(), revision, opened.stalenessNanos(), checked.mapEpoch()));
    for (int i = 0; i < keys.size(); i++) {
      ReadResult.Builder result = ReadResult.newBuilder();
      if (keys.record(i).found()) {
        byte[] key = checked.tableKeys()[i];
        result.setRecord(record(key, keys.record(i)));
      }
      response.addResults(result);
    }
    return response.build();
  }

  private long read(Opened opened, MultiGet keys) {
    try {
      return opened.state().reader().read(keys);
    } catch (IllegalStateException problem) {
      throw errors.failedLookUp(opened, problem);
    }
  }

  /// Wraps the view's value without copying: the view must not be used again.
  private static Record record(byte[] tableKey, RecordView view) {
    Record.Builder record =
        Record.newBuilder()
            .setKey(
                UnsafeByteOperations.unsafeWrap(
                    tableKey, Limits.NAMESPACE_BYTES, tableKey.length - Limits.NAMESPACE_BYTES))
            .setVersion(view.version())
            .setCreateVersion(view.createVersion())
            .setFlags(view.flags())
            .setExpiresAtMs(view.expiresAtMs());
    if (view.value().length >= view.valueLength()) {
      record.setValue(UnsafeByteOperations.unsafeWrap(view.value(), 0, view.valueLength()));
    }
    return record.build();
  }
}
