package io.vxmeta.client;

import io.grpc.Metadata;
import io.vxmeta.client.grpc.Channels;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.grpc.UnaryCall;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Fetches a shard map from the first node that has one: asks the next one after a short pause, or
/// at once when one refuses.
final class MapFetch {
  /* Threads: callbacks of gRPC and the timer; state under `this`. The future ends within ASK of the last question. */

  /// Between questions to different nodes while none has answered.
  private static final Duration STAGGER = Duration.ofMillis(250);

  /// For one node.
  private static final Duration ASK = Duration.ofSeconds(2);

  private final Channels channels;
  private final ScheduledExecutorService timer;
  private final List<Endpoint> candidates;
  private final CompletableFuture<ShardMap> result = new CompletableFuture<>();
  private final List<String> failures = new ArrayList<>();
  private int asked;

  private MapFetch(Channels channels, ScheduledExecutorService timer, List<Endpoint> candidates) {
    this.channels = channels;
    this.timer = timer;
    this.candidates = candidates;
  }

  /// Ends with a map or with [CallFailed] that tells what each candidate said.
  static CompletableFuture<ShardMap> start(
      Channels channels, ScheduledExecutorService timer, List<Endpoint> candidates) {
    MapFetch fetch = new MapFetch(channels, timer, candidates);
    fetch.askNext(0);
    return fetch.result;
  }

  /// Asks the next candidate if `expectedAsked` have been asked so far; a late timer asks nobody.
  private void askNext(int expectedAsked) {
    Endpoint endpoint;
    synchronized (this) {
      if (result.isDone() || asked != expectedAsked || asked == candidates.size()) {
        return;
      }
      endpoint = candidates.get(asked++);
    }
    channels.retryNow(endpoint);
    Futures.detach(
        UnaryCall.<GetShardMapRequest, ShardMapMessage>send(
                channels.to(endpoint),
                ClusterAdminGrpc.getGetShardMapMethod(),
                new Metadata(),
                GetShardMapRequest.getDefaultInstance(),
                ASK)
            .thenApply(ShardMapCodec::decode)
            .whenComplete((map, failure) -> onAnswer(endpoint, map, failure)));
    try {
      Futures.detach(
          timer.schedule(
              () -> askNext(expectedAsked + 1), STAGGER.toMillis(), TimeUnit.MILLISECONDS));
    } catch (RejectedExecutionException closed) {
      result.completeExceptionally(VxClient.closed());
    }
  }

  private void onAnswer(Endpoint endpoint, @Nullable ShardMap map, @Nullable Throwable failure) {
    if (map != null) {
      result.complete(map);
      return;
    }
    int askedSoFar;
    synchronized (this) {
      failures.add(endpoint + ": " + describe(failure));
      askedSoFar = asked;
    }
    if (failures() == candidates.size()) {
      result.completeExceptionally(unreachable());
    } else {
      askNext(askedSoFar);
    }
  }

  private synchronized int failures() {
    return failures.size();
  }

  /// What became of a question, for people.
  static String describe(@Nullable Throwable failure) {
    Throwable cause = Futures.cause(failure);
    return cause instanceof RpcFailure rpc ? rpc.told() : String.valueOf(cause.getMessage());
  }

  private synchronized CallFailed unreachable() {
    String endpoints = candidates.stream().map(Endpoint::toString).collect(Collectors.joining(","));
    return new CallFailed(
        CallFailed.UNREACHABLE,
        "no node gave a shard map: "
            + String.join("; ", failures)
            + "; check the endpoints and that the cluster runs",
        Map.of("endpoints", endpoints));
  }
}
