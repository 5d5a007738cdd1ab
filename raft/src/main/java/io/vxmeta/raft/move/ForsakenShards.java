package io.vxmeta.raft.move;

import io.vxmeta.raft.move.ShardGroups.Said;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMove;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.ShardPhase;
import io.vxmeta.statemachine.ShardStanding;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.MoveEncoder;
import io.vxmeta.statemachine.batch.MoveKind;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends what nobody goes on with: a frozen shard thaws, and one that was given is accepted.
public final class ForsakenShards {
  /* Threads: `look` on the sweeper; answers on threads of reads and of the write path.
   * On the leader of the group alone, by its monotonic clock, counted from when it saw the shard so first. A thaw needs nobody: given away
   *   and thawed exclude each other in the group's own log. To accept, the source is asked, who says by its log that it gave this
   *   very attempt away; who the source is, the order in this node's replica of the root group says, however old that is.
   * Bounds: one note for each shard of each group, and one question under way for each, by the time between two.
   */
  public static final long LOOK_MS = 50;

  /// Ten times what a shard is frozen for while somebody goes on.
  static final Duration FROZEN_MAX = Duration.ofMillis(500);

  /// The source gives at once what it is seen sealed.
  static final Duration SEALED_MAX = Duration.ofMillis(200);

  private static final Logger LOG = LoggerFactory.getLogger(ForsakenShards.class);

  private final ClusterView cluster;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final ShardGroups groups;
  private final LongSupplier nanoClock;
  private final Map<Place, Seen> seen = new HashMap<>();

  private record Place(ShardGroupId group, ShardId shard) {}

  private record Seen(ShardStanding standing, long sinceNanos) {}

  public ForsakenShards(
      ClusterView cluster,
      Map<ShardGroupId, ? extends Replica> replicas,
      ShardGroups groups,
      LongSupplier nanoClock) {
    this.cluster = cluster;
    this.replicas = replicas;
    this.groups = groups;
    this.nanoClock = nanoClock;
  }

  /// Called once in LOOK_MS.
  public void look() {
    for (Replica replica : replicas.values()) {
      boolean leads = !replica.group().isRoot() && replica.leaderReady();
      if (leads) {
        replica.state().ifPresent(state -> look(replica.group(), state));
      } else {
        seen.keySet().removeIf(place -> place.group().equals(replica.group()));
      }
    }
    seen.keySet().removeIf(place -> !replicas.containsKey(place.group()));
  }

  private void look(ShardGroupId group, GroupState state) {
    for (int number = 0; number < ShardId.COUNT; number++) {
      ShardStanding standing = state.standing(number);
      boolean waits =
          standing.phase() == ShardPhase.FROZEN || standing.phase() == ShardPhase.SEALED;
      if (waits || !seen.isEmpty()) {
        look(new Place(group, new ShardId(number)), standing);
      }
    }
  }

  private void look(Place place, ShardStanding standing) {
    Seen before = seen.get(place);
    long now = nanoClock.getAsLong();
    switch (standing.phase()) {
      case FROZEN, SEALED -> {
        if (before == null || !before.standing().equals(standing)) {
          seen.put(place, new Seen(standing, now));
        } else if (now - before.sinceNanos() > patience(standing).toNanos()) {
          seen.put(place, new Seen(standing, now));
          end(place, standing);
        }
      }
      case OWNED, STAGING, AWAY -> seen.remove(place);
    }
  }

  private static Duration patience(ShardStanding standing) {
    return standing.phase() == ShardPhase.FROZEN ? FROZEN_MAX : SEALED_MAX;
  }

  private void end(Place place, ShardStanding standing) {
    // Composed, so that what is thrown at once ends it like what fails later.
    var _ =
        CompletableFuture.completedFuture(place)
            .thenCompose(_ ->
                standing.phase() == ShardPhase.FROZEN
                    ? thaw(place, standing)
                    : acceptIfGiven(place, standing))
            .whenComplete((_, problem) -> {
              if (problem != null) {
                LOG.debug("a forsaken shard is looked after again: {}", place, problem);
              }
            });
  }

  private CompletableFuture<Optional<Said>> thaw(Place place, ShardStanding standing) {
    LOG.warn(
        "a shard was frozen for {} ms and nobody went on with its move, it thaws: group={} shard={} attempt={}",
        FROZEN_MAX.toMillis(),
        place.group(),
        place.shard(),
        standing.attempt());
    return propose(place, MoveEncoder.of(MoveKind.THAW, place.shard().value(), standing.attempt()));
  }

  private CompletableFuture<Optional<Said>> acceptIfGiven(Place place, ShardStanding standing) {
    ShardMove order = cluster.shardMoves().get(place.shard());
    // Also of an order that was begun anew since: given is given.
    if (order == null || order.attempt() < standing.attempt()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    return groups
        .standing(order.from(), place.shard())
        .thenCompose(source ->
            source.standing().is(ShardPhase.AWAY, standing.attempt())
                ? accept(place, standing, source.revision())
                : CompletableFuture.completedFuture(Optional.empty()));
  }

  private CompletableFuture<Optional<Said>> accept(
      Place place, ShardStanding standing, long sourceRevision) {
    LOG.info(
        "a shard was given to this group and nobody went on with its move, it is accepted: group={} shard={}"
            + " attempt={}",
        place.group(),
        place.shard(),
        standing.attempt());
    return propose(
        place, MoveEncoder.accept(place.shard().value(), standing.attempt(), sourceRevision));
  }

  private CompletableFuture<Optional<Said>> propose(Place place, EncodedTransaction entry) {
    return groups.propose(place.group(), entry).thenApply(Optional::of);
  }
}
