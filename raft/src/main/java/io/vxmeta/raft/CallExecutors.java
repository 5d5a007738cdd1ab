package io.vxmeta.raft;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.shardmap.ShardId;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;

/// Chooses the threads of a call by its headers, before its body is read.
final class CallExecutors implements ServerCallExecutorSupplier {
  /* Where groups have homes, a short data call begins on threads on the CPUs of its shard's home: decoding, and a read that is answered
   *   at once. What waits first (a proof of leadership, an entry of the log) goes on on the thread that ends the wait, and a
   *   stream stays where its first message belongs. Where there are no homes, on the thread that reads its connection: a read or
   *   write waits there for no other node and no disk. One wait is left: a multi-get that met writes a hundred times looks its keys
   *   up under the apply lock, between two batches.
   * A scan copies page after page for as long as its caller takes them, and administration may wait: both have workers.
   * A call without a usable header is refused by the check of the call, whoever runs that.
   */
  private static final Set<String> SHORT =
      Set.of(
          MetadataStoreGrpc.getReadMethod().getFullMethodName(),
          MetadataStoreGrpc.getReadStreamMethod().getFullMethodName(),
          MetadataStoreGrpc.getWriteMethod().getFullMethodName(),
          MetadataStoreGrpc.getWriteStreamMethod().getFullMethodName());

  private final Executor work;
  private final Function<ShardId, Optional<Executor>> homes;

  /// @param work for whatever has no home and is not short
  /// @param homes the threads at a shard's home, if it has one
  CallExecutors(Executor work, Function<ShardId, Optional<Executor>> homes) {
    this.work = work;
    this.homes = homes;
  }

  @Override
  public <Q, A> Executor getExecutor(ServerCall<Q, A> call, Metadata headers) {
    return SHORT.contains(call.getMethodDescriptor().getFullMethodName())
        ? CallHeaders.shard(headers).flatMap(homes).orElse(Runnable::run)
        : work;
  }
}
