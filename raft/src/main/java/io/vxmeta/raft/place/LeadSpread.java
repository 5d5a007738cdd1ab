package io.vxmeta.raft.place;

import io.vxmeta.raft.place.LeadTransfers.Cause;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.Replication.Follower;
import io.vxmeta.shardmap.LeadChoice;
import io.vxmeta.shardmap.LeadChoice.Limits;
import io.vxmeta.shardmap.LeadChoice.Move;
import io.vxmeta.shardmap.LeadChoice.Obstacle;
import io.vxmeta.shardmap.LeadChoice.Offer;
import io.vxmeta.shardmap.LeadChoice.Stay;
import io.vxmeta.shardmap.LeadChoice.Voter;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Takes the leads of this node's groups to where the shard map wants them.
public final class LeadSpread {
  /* Threads: `look` on the sweeper; orders on gRPC's threads; answers of offers and transfers on gRPC's and Ratis'. What is known
   *   of a group is under its monitor, which is never held while others are called.
   * Who decides: each leader for its own group, by LeadChoice; there is no coordinator. Before it moves the lead it asks the other
   *   node, which knows things of itself that a leader does not see (LeadReadiness).
   * Bounds: one offer or transfer of a group at a time. After a refusal, or a transfer that failed, the same node is left
   *   alone for RETRY_MIN, then twice as long each time, up to RETRY_MAX. All of it begins anew with each leadership, and so does the calm
   *   time: no node moves a lead sooner than that after it got it.
   * A slow disk wins: its node answers offers with no for a long time after it gave leads away for it, so nothing is taken back.
   */

  /// A lead waits for these entries while it moves.
  public static final long BEHIND_MAX = 256;

  public static final long LOOK_MS = 1_000;

  /// Heartbeats are answered six times in this; a node that is down takes longer to come back.
  private static final Duration SILENT_MAX = Duration.ofSeconds(2);

  private static final Duration RETRY_MIN = Duration.ofSeconds(2);
  private static final Duration RETRY_MAX = Duration.ofSeconds(60);

  /// Whether leads move unasked.
  public enum Mode {
    AUTOMATIC,
    /// Only off a draining node, and where an operator wants them.
    MANUAL
  }

  /// What came of an order.
  public enum Outcome {
    IN_PLACE,
    MOVED,
    WOULD_MOVE,
    /// It should be led elsewhere, but can not now.
    KEPT
  }

  /// A group's lead after an order.
  ///
  /// @param leader who leads now, or would
  /// @param reason who was passed over and why, or what failed
  public record Placed(Outcome outcome, NodeId leader, String reason) {}

  /// Whether an order is carried out.
  public enum Order {
    MOVE,
    DRY_RUN
  }

  /// What a node is told about leads.
  ///
  /// @param calm how long a voter answers before it is given a lead unasked
  public record Rules(NodeId self, Mode mode, Duration calm) {}

  private final NodeId self;
  private final Mode mode;
  private final Limits limits;
  private final Supplier<Optional<ShardMap>> newestMap;
  private final Map<ShardGroupId, ? extends Replica> replicas;
  private final LeadOffers offers;
  private final LeadTransfers transfers;
  private final LongSupplier nanoClock;
  private final Map<ShardGroupId, Led> known = new ConcurrentHashMap<>();

  /// Moves nothing until it is asked to look.
  ///
  /// @param newestMap that this node knows
  public LeadSpread(
      Rules rules,
      Supplier<Optional<ShardMap>> newestMap,
      Map<ShardGroupId, ? extends Replica> replicas,
      LeadOffers offers,
      LeadTransfers transfers,
      LongSupplier nanoClock) {
    this.self = rules.self();
    this.mode = rules.mode();
    this.limits = new Limits(SILENT_MAX, rules.calm(), BEHIND_MAX);
    this.newestMap = newestMap;
    this.replicas = replicas;
    this.offers = offers;
    this.transfers = transfers;
    this.nanoClock = nanoClock;
  }

  /// A look at every group. Called once in LOOK_MS.
  public void look() {
    long now = nanoClock.getAsLong();
    Optional<ShardMap> map = newestMap.get();
    for (Replica replica : replicas.values()) {
      Led led = led(replica.group());
      Optional<Replication> log = replica.replication();
      if (log.isEmpty()) {
        led.end();
        continue;
      }
      led.see(log.get(), now);
      if (map.isPresent() && mayMove(map.get())) {
        Map<NodeId, Voter> others = led.voters(log.get(), replica.committedIndex(), now);
        if (LeadChoice.of(map.get(), replica.group(), self, others, limits) instanceof Move move
            && led.begin()) {
          var _ = move(replica, move.to(), cause(map.get()), led);
        }
      }
    }
  }

  private boolean mayMove(ShardMap map) {
    return mode == Mode.AUTOMATIC || drains(map);
  }

  private boolean drains(ShardMap map) {
    return map.node(self).drains();
  }

  private Cause cause(ShardMap map) {
    return drains(map) ? Cause.DRAINING : Cause.PREFERRED;
  }

  private Led led(ShardGroupId group) {
    return known.computeIfAbsent(group, _ -> new Led());
  }

  /// Places the lead of a group that this node leads, at once: without calm, and whatever was
  /// refused before. Empty: it does not lead it, or is not ready to.
  public Optional<CompletableFuture<Placed>> place(ShardGroupId group, Order order) {
    Replica replica = replicas.get(group);
    Optional<ShardMap> map = newestMap.get();
    Optional<Replication> log = replica == null ? Optional.empty() : replica.replication();
    if (replica == null || map.isEmpty() || log.isEmpty()) {
      return Optional.empty();
    }
    Led led = led(group);
    Map<NodeId, Voter> others =
        led.voters(log.get(), replica.committedIndex(), nanoClock.getAsLong());
    others.replaceAll(
        (_, voter) -> new Voter(voter.silent(), voter.steady(), voter.behind(), Offer.OPEN));
    Limits atOnce = new Limits(limits.silentMax(), Duration.ZERO, limits.behindMax());
    return Optional.of(
        switch (LeadChoice.of(map.get(), group, self, others, atOnce)) {
          case Stay stay -> CompletableFuture.completedFuture(staying(map.get(), stay));
          case Move move -> placed(replica, move, order, led);
        });
  }

  private Placed staying(ShardMap map, Stay stay) {
    boolean settled =
        !drains(map) && stay.passedOver().values().stream().allMatch(Obstacle.DRAINING::equals);
    return new Placed(settled ? Outcome.IN_PLACE : Outcome.KEPT, self, inWords(stay.passedOver()));
  }

  private CompletableFuture<Placed> placed(Replica replica, Move move, Order order, Led led) {
    String passedOver = inWords(move.passedOver());
    if (order == Order.DRY_RUN) {
      return offers
          .offer(move.to(), replica.group(), replica.committedIndex())
          .thenApply(refusal ->
              refusal
                  .map(reason -> new Placed(Outcome.KEPT, self, move.to() + ": " + reason))
                  .orElseGet(() -> new Placed(Outcome.WOULD_MOVE, move.to(), passedOver)));
    }
    if (!led.begin()) {
      return CompletableFuture.completedFuture(
          new Placed(Outcome.KEPT, self, "another transfer of the group is under way"));
    }
    return move(replica, move.to(), Cause.ORDERED, led)
        .thenApply(problem ->
            problem
                .map(reason -> new Placed(Outcome.KEPT, self, move.to() + ": " + reason))
                .orElseGet(() -> new Placed(Outcome.MOVED, move.to(), passedOver)));
  }

  private static String inWords(Map<NodeId, Obstacle> passedOver) {
    return passedOver.entrySet().stream()
        .map(each -> each.getKey() + " is " + each.getValue().name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  /// Asks, then moves; ends with what kept it from that.
  private CompletableFuture<Optional<String>> move(
      Replica replica, NodeId to, Cause cause, Led led) {
    ShardGroupId group = replica.group();
    // Composed, so that what is thrown at once ends the attempt like what fails later.
    return CompletableFuture.completedFuture(to)
        .thenCompose(node -> offers.offer(node, group, replica.committedIndex()))
        .thenCompose(refusal -> {
          if (refusal.isPresent()) {
            transfers.refused(group, to, cause, refusal.get());
            return CompletableFuture.completedFuture(refusal);
          }
          return transfers.move(replica, to, cause);
        })
        .whenComplete((problem, broken) ->
            led.finish(to, broken != null || problem.isPresent(), nanoClock.getAsLong()));
  }

  /// What this node knows of a group while it leads it.
  private static final class Led {
    private final Map<NodeId, Long> steadySince = new HashMap<>();
    private final Map<NodeId, Pause> pauses = new HashMap<>();
    private boolean underWay;

    /// A node that is left alone for a while.
    private record Pause(long untilNanos, Duration length) {}

    synchronized void end() {
      steadySince.clear();
      pauses.clear();
    }

    synchronized void see(Replication log, long now) {
      for (Follower follower : log.followers()) {
        if (follower.silentMs() > SILENT_MAX.toMillis()) {
          steadySince.remove(follower.node());
        } else {
          steadySince.putIfAbsent(follower.node(), now);
        }
      }
    }

    synchronized Map<NodeId, Voter> voters(Replication log, long committed, long now) {
      Map<NodeId, Voter> voters = new HashMap<>();
      for (Follower follower : log.followers()) {
        voters.put(
            follower.node(),
            new Voter(
                Duration.ofMillis(follower.silentMs()),
                steady(steadySince.get(follower.node()), now),
                committed - follower.matched(),
                offer(pauses.get(follower.node()), now)));
      }
      return voters;
    }

    private static Duration steady(@Nullable Long since, long now) {
      return since == null ? Duration.ZERO : Duration.ofNanos(now - since);
    }

    private static Offer offer(@Nullable Pause pause, long now) {
      return pause == null || now - pause.untilNanos() >= 0 ? Offer.OPEN : Offer.REFUSED;
    }

    synchronized boolean begin() {
      boolean begun = !underWay;
      underWay = true;
      return begun;
    }

    synchronized void finish(NodeId to, boolean refused, long now) {
      underWay = false;
      if (!refused) {
        pauses.remove(to);
        return;
      }
      Pause last = pauses.get(to);
      Duration next = last == null ? RETRY_MIN : last.length().multipliedBy(2);
      Duration length = next.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : next;
      pauses.put(to, new Pause(now + length.toNanos(), length));
    }
  }
}
