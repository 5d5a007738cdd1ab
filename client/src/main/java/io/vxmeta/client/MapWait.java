package io.vxmeta.client;

import io.vxmeta.shardmap.ShardMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Waits for a shard map: asks all endpoints again and again until one has it or the deadline is
/// over.
final class MapWait {
  /* Threads: one attempt follows the other. */

  private final GroupCall.Ground ground;
  private final Deadline deadline;
  private final Backoff backoff;
  private final CompletableFuture<ShardMap> result = new CompletableFuture<>();

  /// What the endpoints said when all had been asked; none yet when null.
  private @Nullable CallFailed lastRound;

  private MapWait(GroupCall.Ground ground, Deadline deadline) {
    this.ground = ground;
    this.deadline = deadline;
    this.backoff = ground.backoffs().get();
  }

  /// At once when the map is cached. Fails with [CallFailed].
  static CompletableFuture<ShardMap> within(GroupCall.Ground ground, Deadline deadline) {
    CompletableFuture<ShardMap> current = ground.topology().current();
    if (current.isDone() && !current.isCompletedExceptionally()) {
      return current;
    }
    MapWait wait = new MapWait(ground, deadline);
    wait.onAttempt(current);
    return wait.result;
  }

  private void onAttempt(CompletableFuture<ShardMap> attempt) {
    Futures.detach(
        attempt
            .copy()
            .orTimeout(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete((map, failure) -> {
              if (failure == null) {
                result.complete(map);
              } else {
                onFailure(Futures.cause(failure));
              }
            }));
  }

  private void onFailure(Throwable cause) {
    if (cause instanceof TimeoutException) {
      result.completeExceptionally(lastRound == null ? silence() : lastRound);
    } else if (cause instanceof CallFailed failed
        && failed.reason().equals(CallFailed.UNREACHABLE)
        && deadline.remaining().compareTo(Backoff.CAP) > 0) {
      lastRound = failed;
      again();
    } else {
      result.completeExceptionally(cause);
    }
  }

  private CallFailed silence() {
    return new CallFailed(
        CallFailed.UNREACHABLE,
        "no node gave a shard map within the deadline: endpoints="
            + ground.topology().bootstrap()
            + "; check the endpoints and that the cluster runs",
        Map.of());
  }

  private void again() {
    try {
      Futures.detach(
          ground
              .timer()
              .schedule(
                  () -> onAttempt(ground.topology().current()),
                  backoff.next().toNanos(),
                  TimeUnit.NANOSECONDS));
    } catch (RejectedExecutionException closed) {
      result.completeExceptionally(VxClient.closed());
    }
  }
}
