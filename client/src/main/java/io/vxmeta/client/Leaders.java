package io.vxmeta.client;

import io.grpc.Status;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What this client believes about who leads each shard group, and which nodes did not answer
/// lately.
final class Leaders {
  /* Threads: any. Beliefs only: a wrong one costs a redirect, never a wrong answer. */

  /// A node that let an attempt run out is asked again after this; its peers need that long to
  /// elect anyway.
  static final Duration SILENT = Duration.ofSeconds(1);

  /// A node that refused the connection may be back as soon as its process is.
  static final Duration DOWN = Duration.ofMillis(100);

  private final Map<ShardGroupId, Target> believed = new ConcurrentHashMap<>();
  private final Map<Endpoint, Long> avoidUntilNanos = new ConcurrentHashMap<>();

  Optional<Target> of(ShardGroupId group) {
    return Optional.ofNullable(believed.get(group));
  }

  void learn(ShardGroupId group, Target leader) {
    believed.put(group, leader);
  }

  void forget(ShardGroupId group, Target former) {
    believed.computeIfPresent(
        group, (g, leader) -> leader.endpoint().equals(former.endpoint()) ? null : leader);
  }

  /// A node that did not answer is asked last for a while; one that failed otherwise is there.
  void onFailure(Target target, RpcFailure failure) {
    if (failure.reason().isPresent()) {
      onAnswer(target);
    } else if (failure.code() == Status.Code.UNAVAILABLE) {
      avoid(target, DOWN);
    } else if (failure.code() == Status.Code.DEADLINE_EXCEEDED
        || failure.code() == Status.Code.CANCELLED) {
      avoid(target, SILENT);
    }
  }

  private void avoid(Target target, Duration howLong) {
    avoidUntilNanos.put(target.endpoint(), System.nanoTime() + howLong.toNanos());
  }

  void onAnswer(Target target) {
    avoidUntilNanos.remove(target.endpoint());
  }

  boolean isAvoided(Target target) {
    Long until = avoidUntilNanos.get(target.endpoint());
    return until != null && until - System.nanoTime() > 0;
  }
}
