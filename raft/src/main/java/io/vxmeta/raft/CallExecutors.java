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
  /* Where groups have homes, a data call is decoded, looked up and answered by threads on the CPUs of its shard's home. Where
   *   they have none, by the thread that reads its connection: nothing of a read or write waits for another node, the disk or
   *   a long computation, and handing a call to another thread and its answer back costs more than the call.
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
    String service = call.getMethodDescriptor().getServiceName();
    if (!MetadataStoreGrpc.SERVICE_NAME.equals(service)) {
      return work;
    }
    Optional<Executor> home = CallHeaders.shard(headers).flatMap(homes);
    if (home.isPresent()) {
      return home.get();
    }
    return SHORT.contains(call.getMethodDescriptor().getFullMethodName()) ? Runnable::run : work;
  }
}
