package io.vxmeta.client;

import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.client.grpc.StreamCall;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.ScanResponse;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Opens the scan of one shard at a cursor, on whatever node can serve it; answered with the first
/// page and the stream that has the others.
record ShardScan(
    ShardId shard, ScanRequest request, Consistency consistency, Optional<CallTrace> trace)
    implements GroupCall.Question<ShardScan.Page> {

  /// A page and where the next comes from. An empty response is the end of a stream.
  record Page(Optional<ScanResponse> response, PageStream stream) {}

  /// Of a whole stream; a reader that takes longer goes on from its cursor on another.
  private static final Duration STREAM = Duration.ofMinutes(10);

  @Override
  public Optional<ShardGroupId> group(ShardMap map) {
    return Optional.of(map.groupOf(shard));
  }

  @Override
  public CompletableFuture<Page> ask(
      Channel channel, ShardMap map, ShardGroupId group, Duration limit) {
    ScanRequest complete =
        request.toBuilder()
            .setConsistency(
                MessageCodec.encode(
                    new KeyShards(List.of(shard)).kept(consistency, group, map),
                    group,
                    map.clusterId()))
            .build();
    PageStream pages = new PageStream();
    pages.open(
        StreamCall.start(
            channel,
            MetadataStoreGrpc.getScanMethod(),
            CallHeaders.of(shard, map.epoch()),
            STREAM,
            PageStream.AHEAD,
            pages),
        complete);
    return pages
        .take()
        .orTimeout(limit.toNanos(), TimeUnit.NANOSECONDS)
        .thenApply(page -> new Page(page, pages))
        .exceptionally(failure -> {
          pages.cancel();
          throw new CompletionException(why(Futures.cause(failure)));
        });
  }

  private static Throwable why(Throwable failure) {
    return failure instanceof TimeoutException
        ? RpcFailure.of(
            Status.DEADLINE_EXCEEDED.withDescription("no page in time"),
            new Metadata(),
            RpcFailure.Sent.POSSIBLY)
        : failure;
  }

  /// A page tells what any answer tells; the end of a stream nothing.
  @Override
  public Optional<Freshness> freshness(Page page) {
    return page.response()
        .filter(response -> !response.getFreshness().getToken().getClusterId().isEmpty())
        .map(response -> MessageCodec.decode(response.getFreshness(), ""));
  }
}
