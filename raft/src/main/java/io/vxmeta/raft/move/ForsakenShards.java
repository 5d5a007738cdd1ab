package io.vxmeta.raft.move;

import io.vxmeta.raft.move.ShardGroups.Said;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.ShardOrders;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.read.ReadGate;
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

/// Ends what nobody goes on with: a frozen shard thaws, one that was given is accepted, and a copy
/// that nobody ordered goes.
public final class ForsakenShards {
  /* Threads: `look` on the sweeper; answers on threads of reads and of the write path.
   * On the leader of the group alone, by its monotonic clock, counted from when it saw the shard so first. A thaw needs nobody: given away
   *   and thawed exclude each other in the group's own log. To accept, the source is asked, who says by its log that it gave this
   *   very attempt away; who the source is, the order in this node's replica of the root group says, however old that is.
   * A copy without an order: an entry of a move arrived after the move had ended. An attempt's number is in the order before anything is
   *   proposed under it, and an order is forgotten only when its attempts are closed at the source, which is asked all the same: a root
   *   group that was restored from a backup may lack an order, and give a number again. So whoever has the shard must have come to this
   *   attempt or a later one, and not have this one open: then the shard was not given under it, and never will be.
   * Bounds: one note for each shard of each group, and one question under way for each, by the time between two.
   */
  public static final long LOOK_MS = 50;

  /// Ten times what a shard is frozen for while somebody goes on.
  static final Duration FROZEN_MAX = Duration.ofMillis(500);

  /// The source gives at once what it is seen sealed.
  static final Duration SEALED_MAX = Duration.ofMillis(200);

  /// Longer than this node's replica of the root group lags behind an order while all is well.
  static final Duration UNORDERED_MAX = Duration.ofSeconds(5);

  private static final Duration ANSWER = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(ForsakenShards.class);

  private static final CompletableFuture<Optional<Said>> NOTHING =
      CompletableFuture.completedFuture(Optional.empty());

  private final ClusterView cluster;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final ShardGroups groups;
  private final ReadGate gate;
  private final LongSupplier nanoClock;
  private final Map<Place, Seen> seen = new HashMap<>();

  private record Place(ShardGroupId group, ShardId shard) {}

  private record Seen(ShardStanding standing, long sinceNanos) {}

  public ForsakenShards(
      ClusterView cluster,
      Map<ShardGroupId, ? extends Replica> replicas,
      ShardGroups groups,
      ReadGate gate,
      LongSupplier nanoClock) {
    this.cluster = cluster;
    this.replicas = replicas;
    this.groups = groups;
    this.gate = gate;
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
      boolean waits = standing.phase() != ShardPhase.OWNED && standing.phase() != ShardPhase.AWAY;
      if (waits || !seen.isEmpty()) {
        look(new Place(group, new ShardId(number)), standing);
      }
    }
  }

  private void look(Place place, ShardStanding standing) {
    Seen before = seen.get(place);
    long now = nanoClock.getAsLong();
    switch (standing.phase()) {
      case FROZEN, SEALED, STAGING -> {
        if (before == null || !before.standing().equals(standing)) {
          seen.put(place, new Seen(standing, now));
        } else if (now - before.sinceNanos() > patience(place, standing).toNanos()) {
          seen.put(place, new Seen(standing, now));
          end(place, standing);
        }
      }
      case OWNED, AWAY -> seen.remove(place);
    }
  }

  private Duration patience(Place place, ShardStanding standing) {
    if (standing.phase() == ShardPhase.FROZEN) {
      return FROZEN_MAX;
    }
    return cluster.shardMoves().containsKey(place.shard()) ? SEALED_MAX : UNORDERED_MAX;
  }

  private void end(Place place, ShardStanding standing) {
    // Composed, so that what is thrown at once ends it like what fails later.
    var _ =
        CompletableFuture.completedFuture(place)
            .thenCompose(_ ->
                switch (standing.phase()) {
                  case FROZEN -> thaw(place, standing);
                  case SEALED, STAGING ->
                      cluster.shardMoves().containsKey(place.shard())
                          ? acceptIfGiven(place, standing)
                          : dropIfUnordered(place, standing);
                  case OWNED, AWAY -> NOTHING;
                })
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
    if (order == null
        || order.attempt() < standing.attempt()
        || standing.phase() != ShardPhase.SEALED) {
      return NOTHING;
    }
    return groups
        .standing(order.from(), place.shard())
        .thenCompose(source ->
            source.standing().is(ShardPhase.AWAY, standing.attempt())
                ? accept(place, standing, source.revision())
                : NOTHING);
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

  private CompletableFuture<Optional<Said>> dropIfUnordered(Place place, ShardStanding standing) {
    long deadline = nanoClock.getAsLong() + ANSWER.toNanos();
    return gate.open(ShardGroupId.ROOT, new ReadContract.Linearizable(), deadline)
        .thenCompose(root -> {
          ShardGroupId owner = RootWriter.mapIn(root.state()).map().groupOf(place.shard());
          boolean unordered = ShardOrders.in(root.state(), place.shard()).isEmpty();
          return unordered && !owner.equals(place.group())
              ? groups
                  .standing(owner, place.shard())
                  .thenCompose(source ->
                      isOver(standing.attempt(), source.standing())
                          ? drop(place, standing)
                          : NOTHING)
              : NOTHING;
        });
  }

  /// Whether an attempt to take the shard from who has it is closed there.
  static boolean isOver(long attempt, ShardStanding owner) {
    boolean has = owner.phase() == ShardPhase.OWNED || owner.phase() == ShardPhase.FROZEN;
    return has && (owner.attempt() > attempt || (owner.attempt() == attempt && !owner.open()));
  }

  private CompletableFuture<Optional<Said>> drop(Place place, ShardStanding standing) {
    LOG.warn(
        "a copy of a shard arrived though its move has ended, it is deleted: group={} shard={} attempt={}",
        place.group(),
        place.shard(),
        standing.attempt());
    return propose(place, MoveEncoder.of(MoveKind.DROP, place.shard().value(), standing.attempt()));
  }

  private CompletableFuture<Optional<Said>> propose(Place place, EncodedTransaction entry) {
    return groups.propose(place.group(), entry).thenApply(Optional::of);
  }
}
