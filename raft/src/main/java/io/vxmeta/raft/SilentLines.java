package io.vxmeta.raft;

import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.raft.ratis.Replication.Follower;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes Raft connect anew to nodes that its connections have brought no answer from.
final class SilentLines {
  /* Threads: `look` on the sweeper. Breaking a connection off waits for its end, up to ten seconds, so it is done on `background`, one
   *   at a time for each node.
   * Why: Ratis pings nobody. A connection can die without a word: a firewall forgot it, the machine at its other end lost its power, or
   *   TCP, after a long partition, tries it again only every two minutes. Its appends and votes time out then, one after the other,
   *   and Ratis goes on with the same connection for as long as the kernel thinks that it is one.
   * A line is silent when its follower has answered nothing for a while, or has answered heartbeats (they have a connection of their own)
   *   and has no more of the log than a while ago, although there is more. A group without a leader makes all its lines
   *   suspect: votes go over them.
   * Bounds: a node that is down, stopped, or busy with its disk looks the same; that costs new connections once in WAIT, then half as often
   *   each time, down to once in WAIT_MAX.
   */

  /// Longer than two requests of Raft may take.
  static final long WAIT_MS = 5_000;

  static final long WAIT_MAX_MS = 40_000;

  private static final Logger LOG = LoggerFactory.getLogger(SilentLines.class);

  private final Collection<? extends Replica> replicas;
  private final Consumer<NodeId> connectAnew;
  private final Executor background;
  private final Map<ShardGroupId, Map<NodeId, Standstill>> standstills = new HashMap<>();
  private final Map<ShardGroupId, Long> leaderlessSince = new HashMap<>();
  private final Map<NodeId, Attempt> attempts = new HashMap<>();
  private final Set<NodeId> underWay = ConcurrentHashMap.newKeySet();

  /// What a follower has had of the log since when.
  private record Standstill(long matched, long sinceNanos) {}

  /// When a node is connected to anew the next time, and how long it was waited for.
  private record Attempt(long dueNanos, long waitMs) {}

  /// `connectAnew` closes what Raft has of connections to a node, and returns when they are.
  SilentLines(
      Collection<? extends Replica> replicas, Consumer<NodeId> connectAnew, Executor background) {
    this.replicas = replicas;
    this.connectAnew = connectAnew;
    this.background = background;
  }

  void look(long nowNanos) {
    Set<NodeId> silent = new HashSet<>();
    for (Replica replica : replicas) {
      Optional<Replication> copies = replica.copies();
      if (copies.isPresent()) {
        leaderlessSince.remove(replica.group());
        addSilent(replica.group(), copies.get(), nowNanos, silent);
      } else {
        standstills.remove(replica.group());
        addSuspects(replica, nowNanos, silent);
      }
    }
    attempts.keySet().retainAll(silent);
    silent.forEach(node -> attempt(node, nowNanos));
  }

  private void addSilent(
      ShardGroupId group, Replication copies, long nowNanos, Set<NodeId> silent) {
    Map<NodeId, Standstill> before = standstills.getOrDefault(group, Map.of());
    Map<NodeId, Standstill> now = new HashMap<>();
    for (Follower follower : copies.followers()) {
      Standstill still = standstill(before.get(follower.node()), follower, copies, nowNanos);
      now.put(follower.node(), still);
      if (follower.silentMs() >= WAIT_MS || isOver(still.sinceNanos(), nowNanos)) {
        silent.add(follower.node());
      }
    }
    standstills.put(group, now);
  }

  /// The one there was, unless the follower has moved since or has all there is.
  private static Standstill standstill(
      @Nullable Standstill before, Follower follower, Replication copies, long nowNanos) {
    if (before != null
        && before.matched() == follower.matched()
        && follower.matched() < copies.last()) {
      return before;
    }
    return new Standstill(follower.matched(), nowNanos);
  }

  private void addSuspects(Replica replica, long nowNanos, Set<NodeId> silent) {
    if (replica.leader().isPresent()) {
      leaderlessSince.remove(replica.group());
      return;
    }
    Long since = leaderlessSince.putIfAbsent(replica.group(), nowNanos);
    if (since != null && isOver(since, nowNanos)) {
      replica.voters().stream().filter(node -> !node.equals(replica.node())).forEach(silent::add);
    }
  }

  private static boolean isOver(long sinceNanos, long nowNanos) {
    return nowNanos - sinceNanos >= TimeUnit.MILLISECONDS.toNanos(WAIT_MS);
  }

  private void attempt(NodeId node, long nowNanos) {
    Attempt last = attempts.get(node);
    if ((last != null && nowNanos - last.dueNanos() < 0) || !underWay.add(node)) {
      return;
    }
    long waitMs = last == null ? WAIT_MS : Math.min(2 * last.waitMs(), WAIT_MAX_MS);
    attempts.put(node, new Attempt(nowNanos + TimeUnit.MILLISECONDS.toNanos(waitMs), waitMs));
    LOG.warn("no answer over Raft's connections, they are made anew: node={}", node.value());
    try {
      background.execute(() -> {
        try {
          connectAnew.accept(node);
        } catch (RuntimeException e) {
          LOG.warn("cannot close Raft's connections, tried again later: node={}", node.value(), e);
        } finally {
          underWay.remove(node);
        }
      });
    } catch (RejectedExecutionException busy) {
      underWay.remove(node);
    }
  }
}
