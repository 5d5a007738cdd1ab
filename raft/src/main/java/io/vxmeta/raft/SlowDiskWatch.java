package io.vxmeta.raft;

import io.vxmeta.raft.place.LeadTransfers;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.Replication.Follower;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands leadership to followers that keep up while this node's own disk is what writes wait for.
final class SlowDiskWatch {
  /* Threads: `look` on the sweeper; answers of transfers come on Ratis' threads and are only logged.
   * Why: Ratis commits nothing that its leader has not flushed (RaftLogBase.updateCommitIndex), even if all others have. A slow
   *   disk delays every write of the groups its node leads, and none of those it follows.
   * Bounds: a group is handed over at most once in `pause` by each node, so that disks that get slow one after the other make no storm. Only
   *   to a voter that answers and has all that this node has flushed; none, and the group stays.
   * Nothing takes leadership back: priorities are equal, a follower does not stand for election while an append waits for its disk, and
   *   the node refuses leads that it is offered as long as it rests (DiskRest).
   *   A slow node that is elected all the same, because the others failed, is asked again after the pause.
   */
  static final long LOOK_MS = 50;

  /// Heartbeats are answered three times in this.
  private static final long SILENT_MS_MAX = 1_000;

  /// The node rests so many pauses.
  static final int REST_PAUSES = 10;

  private static final Logger LOG = LoggerFactory.getLogger(SlowDiskWatch.class);

  private final NodeConfig.SlowDisk limits;
  private final Collection<? extends Replica> replicas;
  private final LeadTransfers transfers;
  private final Predicate<NodeId> mayLead;
  private final Consumer<ShardGroupId> onHandover;
  private final FlushPace pace;
  private final DiskRest rest;
  private final Map<ShardGroupId, Long> handedOver = new HashMap<>();

  /// @param mayLead whether another node may be given a lead at all
  SlowDiskWatch(
      NodeConfig.SlowDisk limits,
      Collection<? extends Replica> replicas,
      LeadTransfers transfers,
      Predicate<NodeId> mayLead,
      Consumer<ShardGroupId> onHandover,
      long nowNanos) {
    this.limits = limits;
    this.replicas = replicas;
    this.transfers = transfers;
    this.mayLead = mayLead;
    this.onHandover = onHandover;
    this.pace = new FlushPace(limits.flush(), nowNanos);
    this.rest = new DiskRest(limits.pause().multipliedBy(REST_PAUSES));
  }

  int slowSeconds() {
    return pace.slowSeconds();
  }

  /// For how long this node takes no lead; zero: it may.
  Duration rest(long nowNanos) {
    return rest.left(nowNanos);
  }

  void look(long nowNanos) {
    Map<Replica, Replication> led = new HashMap<>();
    for (Replica replica : replicas) {
      Optional<Replication> log = replica.replication();
      if (log.isPresent()) {
        led.put(replica, log.get());
        pace.look(replica.group(), log.get(), nowNanos);
      } else {
        pace.pass(replica.group(), nowNanos);
      }
    }
    if (pace.slow()) {
      rest.onSlow(nowNanos);
      led.forEach((replica, log) -> handOver(replica, log, nowNanos));
    }
  }

  private void handOver(Replica replica, Replication log, long nowNanos) {
    ShardGroupId group = replica.group();
    Long last = handedOver.get(group);
    Optional<NodeId> to = successor(log, group, mayLead);
    if (to.isEmpty() || (last != null && nowNanos - last < limits.pause().toNanos())) {
      return;
    }
    handedOver.put(group, nowNanos);
    onHandover.accept(group);
    LOG.warn(
        "handing over leadership, because writes wait for this node's disk and for no other: group={} to={} slow_seconds={} of={} limit_ms={}; check the disk",
        group.value(),
        to.get().value(),
        pace.slowSeconds(),
        FlushPace.SECONDS,
        limits.flush().toMillis());
    var _ = transfers.move(replica, to.get(), LeadTransfers.Cause.SLOW_DISK);
  }

  /// The follower with the most of the log; groups spread over those that have the same.
  static Optional<NodeId> successor(
      Replication log, ShardGroupId group, Predicate<NodeId> mayLead) {
    List<Follower> fit =
        log.followers().stream()
            .filter(each -> mayLead.test(each.node()))
            .filter(each -> each.silentMs() <= SILENT_MS_MAX && each.matched() >= log.flushed())
            .toList();
    long most = fit.stream().mapToLong(Follower::matched).max().orElse(0);
    List<NodeId> best =
        fit.stream().filter(each -> each.matched() == most).map(Follower::node).sorted().toList();
    return best.isEmpty() ? Optional.empty() : Optional.of(best.get(group.value() % best.size()));
  }
}
