package io.vxmeta.raft;

import io.vxmeta.raft.disk.DiskSpace;
import io.vxmeta.raft.move.Departures;
import io.vxmeta.raft.move.ForsakenShards;
import io.vxmeta.raft.move.MoveEnds;
import io.vxmeta.raft.move.ReplicaKeeper;
import io.vxmeta.raft.move.ReplicaMover;
import io.vxmeta.raft.move.ShardMover;
import io.vxmeta.raft.observe.NodeMetrics;
import io.vxmeta.raft.peer.PeerDigests;
import io.vxmeta.raft.peer.PeerLinks;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.LeadSpread;
import io.vxmeta.raft.place.LeadTransfers;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.ratis.FailStop;
import io.vxmeta.raft.ratis.RaftHost;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.read.ReadBarrier;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.write.Coalescer;
import io.vxmeta.raft.write.Expirer;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.GroupState;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a running node does unasked, a few times a second.
///
/// @param groups of this node, as they come and go
record Upkeep(
    NodeConfig config,
    NodeThreads threads,
    NodeMetrics metrics,
    FailStop failStop,
    OwnGroups groups) {
  /* Threads: all of it on the sweeper, one thing after the other. What takes long here delays the deadlines of reads, so it
   *   goes to `background`, or to a thread of its own (the walk over the tables). */

  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

  private static final long SWEEP_MS = 50;
  private static final long SLOW_SWEEP_MS = 1_000;

  private Map<ShardGroupId, ? extends Replica> replicas() {
    return groups.replicas();
  }

  void watchSpace(DiskSpace disk) {
    threads.every(SWEEP_MS, disk::look);
  }

  /// Ends reads whose time is over, and links that answer no more.
  void expireReads(ReadGate gate, ReadBarrier barrier, PeerLinks links) {
    threads.every(
        SWEEP_MS,
        () -> {
          long now = System.nanoTime();
          barrier.expire(now);
          gate.expire(now);
          links.sweep(now);
        });
    threads.every(SLOW_SWEEP_MS, links::resetBackoff);
  }

  /// Ends the process when Raft can not go on, and closes offers of snapshots that nobody asks for
  /// any more.
  void watchRaft(BooleanSupplier closing, ClosedReplicas.Keeps keeps) {
    ClosedReplicas closed = new ClosedReplicas(replicas(), closing, keeps, failStop);
    threads.every(
        SLOW_SWEEP_MS,
        () -> {
          replicas().values().stream().filter(Replica::alive).forEach(Upkeep::closeAbandonedOffer);
          closed.look();
          RaftHost.terminated().ifPresent(cause -> failStop.stop("Raft can not go on", cause));
        });
  }

  private static void closeAbandonedOffer(Replica replica) {
    try {
      replica.closeAbandonedOffer();
    } catch (RuntimeException e) {
      // Of one group: the others are still looked at, and this one again in a second.
      LOG.warn("a snapshot offer stays open group={}", replica.group().value(), e);
    }
  }

  /// `connectAnew` closes what Raft has of connections to a node.
  void watchLines(Consumer<NodeId> connectAnew) {
    Runnable count = metrics.reconnects();
    SilentLines lines =
        new SilentLines(
            replicas().values(),
            node -> {
              count.run();
              connectAnew.accept(node);
            },
            threads.background());
    threads.every(SLOW_SWEEP_MS, () -> lines.look(System.nanoTime()));
  }

  /// Has groups elect at once whose leader's process is gone.
  void watchLeaders(PeerLinks links, ClusterView cluster) {
    DeadLeaders dead =
        new DeadLeaders(
            replicas().values(),
            links::isConnected,
            node ->
                cluster
                    .map()
                    .flatMap(map -> map.findNode(node))
                    .filter(known -> DeadLeaders.refuses(known.raft()))
                    .isPresent(),
            metrics.deadLeaders(),
            threads.background(),
            System::nanoTime);
    threads.every(SWEEP_MS, dead::look);
  }

  /// Gives back what says of which groups a snapshot is being taken.
  Supplier<Set<ShardGroupId>> takeSnapshots() {
    Map<ShardGroupId, SnapshotSchedule> schedules = new ConcurrentHashMap<>();
    groups.watch(
        new GroupWatch() {
          @Override
          public void onOpened(Replica replica) {
            schedules.put(
                replica.group(),
                new SnapshotSchedule(
                    replica,
                    config.snapshots(),
                    metrics.snapshotFailures(replica.group()),
                    System.nanoTime()));
          }

          @Override
          public void onClosing(ShardGroupId group) {
            schedules.remove(group);
          }
        });
    threads.every(
        SLOW_SWEEP_MS,
        () -> schedules.values().forEach(schedule -> schedule.check(System.nanoTime())));
    return () ->
        schedules.values().stream()
            .filter(SnapshotSchedule::isRunning)
            .map(SnapshotSchedule::group)
            .collect(Collectors.toSet());
  }

  void scrubSnapshots(Map<ShardGroupId, GroupFiles> files) {
    Scrubber scrubber = new Scrubber(files, replicas(), threads.background());
    groups.watch(
        new GroupWatch() {
          @Override
          public void onOpened(Replica replica) {
            metrics.watch(replica.group(), scrubber.add(replica.group()));
          }

          @Override
          public void onClosing(ShardGroupId group) {
            scrubber.remove(group);
          }
        });
    threads.every(Scrubber.STEP_MS, scrubber::step);
  }

  void compareReplicas(PeerDigests digests, WrongState wrong) {
    DivergenceWatch watch =
        new DivergenceWatch(replicas().values(), digests, wrong, metrics.divergences());
    threads.every(DivergenceWatch.EVERY_MS, watch::compare);
  }

  /// Gives back what says for how long this node's disk keeps it from leading.
  ///
  /// @param mayLead whether another node may be given a lead
  Supplier<Duration> watchFlushes(LeadTransfers transfers, Predicate<NodeId> mayLead) {
    if (config.slowDisk().flush().isZero()) {
      return () -> Duration.ZERO;
    }
    SlowDiskWatch watch =
        new SlowDiskWatch(
            config.slowDisk(),
            replicas().values(),
            transfers,
            mayLead,
            metrics.handovers(replicas().keySet()),
            System.nanoTime());
    metrics.watchFlushes(watch::slowSeconds);
    threads.every(SlowDiskWatch.LOOK_MS, () -> watch.look(System.nanoTime()));
    return () -> watch.rest(System.nanoTime());
  }

  void spreadLeads(LeadSpread spread) {
    threads.every(LeadSpread.LOOK_MS, spread::look);
  }

  void expireRecords(Map<ShardGroupId, Coalescer> coalescers, InstantSource clock) {
    Map<ShardGroupId, Expirer> expirers = new ConcurrentHashMap<>();
    groups.watch(
        new GroupWatch() {
          @Override
          public void onOpened(Replica replica) {
            expirers.put(
                replica.group(),
                new Expirer(
                    replica,
                    Objects.requireNonNull(coalescers.get(replica.group())),
                    clock,
                    threads.background()));
          }

          @Override
          public void onClosing(ShardGroupId group) {
            expirers.remove(group);
          }
        });
    threads.every(Expirer.ROUND_MS, () -> expirers.values().forEach(Expirer::round));
  }

  /// Gives memory back that shards left behind when they moved to other groups.
  void freeLostTables() {
    Map<ShardGroupId, Replica> replicas = new ConcurrentHashMap<>();
    groups.watch(
        new GroupWatch() {
          @Override
          public void onOpened(Replica replica) {
            replicas.put(replica.group(), replica);
          }

          @Override
          public void onClosing(ShardGroupId group) {
            replicas.remove(group);
          }
        });
    threads.every(
        Expirer.ROUND_MS,
        () ->
            replicas.values().stream()
                .flatMap(replica -> replica.state().stream())
                .filter(GroupState::hasLostTables)
                .forEach(state ->
                    threads
                        .background()
                        .execute(() -> lookAfter("tables left behind", state::freeLostTables))));
  }

  /// Changes voters, ends moves, and opens and gives up groups. What blocks is done on a background
  /// thread.
  void moveReplicas(
      ReplicaMover mover, MoveEnds ends, Departures departures, ReplicaKeeper keeper) {
    threads.every(ReplicaMover.LOOK_MS, mover::look);
    threads.every(MoveEnds.LOOK_MS, ends::look);
    AtomicBoolean underWay = new AtomicBoolean();
    threads.every(
        ReplicaKeeper.LOOK_MS,
        () -> {
          if (underWay.compareAndSet(false, true)) {
            try {
              threads
                  .background()
                  .execute(() -> {
                    try {
                      lookAfter("nodes that leave", departures::look);
                      lookAfter("the groups of this node", keeper::look);
                    } finally {
                      underWay.set(false);
                    }
                  });
            } catch (RejectedExecutionException busy) {
              underWay.set(false);
            }
          }
        });
  }

  /// Goes on with the moves of shards, and ends those that nobody goes on with.
  void moveShards(ShardMover mover, ForsakenShards forsaken) {
    threads.every(ShardMover.LOOK_MS, mover::look);
    threads.every(ForsakenShards.LOOK_MS, forsaken::look);
  }

  private static void lookAfter(String what, Runnable look) {
    try {
      look.run();
    } catch (RuntimeException e) {
      LOG.error("looking after {} failed", what, e);
    }
  }

  /// The root leader writes the first map; everybody else sees it arrive. One attempt at a time,
  /// and nobody waits for it: without a majority it would take for ever.
  void bootstrap(ClusterView cluster, RootWriter rootWriter, ShardMap first) {
    AtomicBoolean underWay = new AtomicBoolean();
    threads.every(
        SWEEP_MS,
        () -> {
          if (cluster.map().isEmpty()
              && rootWriter.leads()
              && underWay.compareAndSet(false, true)) {
            var _ = rootWriter.bootstrap(first).whenComplete((end, problem) -> underWay.set(false));
          }
        });
  }
}
