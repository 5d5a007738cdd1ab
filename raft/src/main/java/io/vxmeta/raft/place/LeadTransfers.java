package io.vxmeta.raft.place;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Moves leads to other nodes: of each group one at a time, whoever wants it, each counted and told
/// in the log.
public final class LeadTransfers {
  /* Threads: any. Ends come on Ratis' threads. */

  /// The group takes no writes meanwhile.
  private static final Duration WITHIN = Duration.ofSeconds(2);

  /// Ratis answers long before, unless the group is closed.
  private static final Duration ANSWER_MAX = WITHIN.multipliedBy(2);

  private static final Logger LOG = LoggerFactory.getLogger(LeadTransfers.class);

  private final Meter meter;
  private final LongSupplier nanoClock;
  private final Set<ShardGroupId> underWay = ConcurrentHashMap.newKeySet();

  /// Why a lead moves.
  public enum Cause {
    /// The shard map prefers the other node.
    PREFERRED,
    /// This node drains.
    DRAINING,
    /// Writes wait for this node's disk.
    SLOW_DISK,
    /// This node's replica is to go to another node.
    LEAVING,
    /// An operator said so.
    ORDERED
  }

  /// What came of an attempt.
  public enum End {
    MOVED,
    /// The other node did not want to lead.
    REFUSED,
    /// It was tried and did not happen.
    FAILED
  }

  /// Counts attempts.
  @FunctionalInterface
  public interface Meter {
    void onEnd(ShardGroupId group, Cause cause, End end);
  }

  public LeadTransfers(Meter meter, LongSupplier nanoClock) {
    this.meter = meter;
    this.nanoClock = nanoClock;
  }

  /// Moves the lead of a replica that leads; the future ends with why it was not moved, and empty
  /// if it was.
  public CompletableFuture<Optional<String>> move(Replica replica, NodeId to, Cause cause) {
    ShardGroupId group = replica.group();
    if (!underWay.add(group)) {
      return CompletableFuture.completedFuture(
          Optional.of("another transfer of the group is under way"));
    }
    long begun = nanoClock.getAsLong();
    // Composed, so that what is thrown at once ends the transfer like what fails later.
    return CompletableFuture.completedFuture(to)
        .thenCompose(node -> replica.transferLeadership(node, WITHIN))
        .orTimeout(ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(problem -> Optional.of(String.valueOf(problem)))
        .thenApply(problem -> {
          underWay.remove(group);
          long ms = TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong() - begun);
          if (problem.isEmpty()) {
            meter.onEnd(group, cause, End.MOVED);
            LOG.info(
                "leadership moved: group={} to={} cause={} ms={}",
                group.value(),
                to.value(),
                cause,
                ms);
          } else {
            meter.onEnd(group, cause, End.FAILED);
            LOG.warn(
                "leadership did not move: group={} to={} cause={} ms={} reason={}",
                group.value(),
                to.value(),
                cause,
                ms,
                problem.get());
          }
          return problem;
        });
  }

  /// Groups whose lead is being moved off this node.
  public Set<ShardGroupId> underWay() {
    return Set.copyOf(underWay);
  }

  /// The other node was asked and does not want to lead.
  void refused(ShardGroupId group, NodeId to, Cause cause, String reason) {
    meter.onEnd(group, cause, End.REFUSED);
    LOG.info(
        "leadership stays, the other node does not take it: group={} to={} cause={} reason={}",
        group.value(),
        to.value(),
        cause,
        reason);
  }
}
