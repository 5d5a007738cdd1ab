package io.vxmeta.client;

import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.ExportSnapshotRequest;
import io.vxmeta.client.v1.SnapshotChunk;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

/// One snapshot that a node sends, from its first chunk to its last.
final class SnapshotExport {
  private final Channel channel;
  private final ShardGroupId group;
  private final Duration within;

  SnapshotExport(Channel channel, ShardGroupId group, Duration within) {
    this.channel = channel;
    this.group = group;
    this.within = within;
  }

  /// Returns after the last chunk. Whatever ends it earlier ends the node's sending as well.
  void receive(ClusterAdmin.SnapshotSink sink) throws IOException {
    Context.CancellableContext call = Context.current().withCancellation();
    Context before = call.attach();
    try {
      Iterator<SnapshotChunk> chunks =
          ClusterAdminGrpc.newBlockingStub(channel)
              .withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS)
              .exportSnapshot(ExportSnapshotRequest.newBuilder().setGroup(group.value()).build());
      while (chunks.hasNext()) {
        SnapshotChunk chunk = chunks.next();
        sink.chunk(
            chunk.getFile(),
            chunk.getOffset(),
            chunk.getLength(),
            chunk.getCrc32C(),
            chunk.getData().toByteArray());
      }
    } catch (StatusRuntimeException ended) {
      Metadata trailers = ended.getTrailers() == null ? new Metadata() : ended.getTrailers();
      RpcFailure failure = RpcFailure.of(ended.getStatus(), trailers, RpcFailure.Sent.POSSIBLY);
      throw new CallFailed(failure.name(), failure.text(), failure.facts());
    } finally {
      call.detach(before);
      call.cancel(null);
    }
  }
}
