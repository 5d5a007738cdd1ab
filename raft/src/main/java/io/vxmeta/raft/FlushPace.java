package io.vxmeta.raft;

import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Tells whether writes wait for this node's disk, or for the others' as well.
final class FlushPace {
  /* Threads: one looks; `slowSeconds` from any.
   * Measured is one entry of a group after the other, by this node's clock: from the look that first saw it in this node's log to
   *   the last look that saw it not flushed here, and to the last that saw no majority without this node hold it. So a wait is
   *   never taken for longer than it was, and for 100 ms less at most. Between two looks no more than STEP_MAX counts: a process
   *   that stood still did not see its disk either.
   * A side was slow if its wait was `limit` + OTHER_SIDE times that of the other side for the same entry. The factor is due to
   *   batching: on equal disks an entry waits for one to two flushes, and often for two on the leader and for one on its
   *   followers, because the leader's flush begins with the first of several entries and theirs a little later with all.
   *   It is meant to call none of equally slow disks slow, and once did not hold: so nobody gets this unasked (docs/decisions.md, 38).
   * Each second counts once for each side, and what the others were slow in is taken off: sides that are slow in turns meet.
   */
  static final int SECONDS = 10;
  static final int SLOW_SECONDS_MIN = 5;
  private static final int OTHER_SIDE = 3;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long STEP_MAX = TimeUnit.MILLISECONDS.toNanos(150);
  private static final int ALL = (1 << SECONDS) - 1;

  private final long limitNanos;
  private final Map<ShardGroupId, Probe> probes = new HashMap<>();

  /// A bit for each of the last seconds, the current one lowest.
  private int ownSlow;

  private int othersSlow;
  private long secondBegan;
  private volatile int slowSeconds;

  FlushPace(Duration limit, long nowNanos) {
    this.limitNanos = limit.toNanos();
    this.secondBegan = nowNanos;
  }

  /// One look at a group that this node leads.
  void look(ShardGroupId group, Replication log, long nowNanos) {
    turn(nowNanos);
    Probe probe = probes.computeIfAbsent(group, _ -> new Probe());
    probe.look(log, nowNanos);
    ownSlow |= probe.own >= limitNanos + OTHER_SIDE * probe.others ? 1 : 0;
    othersSlow |= probe.others >= limitNanos + OTHER_SIDE * probe.own ? 1 : 0;
    count();
  }

  /// One look at a group that this node does not lead: nothing waits for it.
  void pass(ShardGroupId group, long nowNanos) {
    turn(nowNanos);
    probes.remove(group);
  }

  private void turn(long nowNanos) {
    while (nowNanos - secondBegan >= SECOND) {
      secondBegan += SECOND;
      ownSlow = ownSlow << 1 & ALL;
      othersSlow = othersSlow << 1 & ALL;
      count();
    }
  }

  private void count() {
    slowSeconds = Math.max(0, Integer.bitCount(ownSlow) - Integer.bitCount(othersSlow));
  }

  /// Whether leadership is better elsewhere.
  boolean slow() {
    return slowSeconds >= SLOW_SECONDS_MIN;
  }

  /// Of the last seconds, those in which this node's disk was slow, less those in which the others'
  /// were; 0 at least.
  int slowSeconds() {
    return slowSeconds;
  }

  /// One entry on its way to all disks, and how long each side has been seen to lack it.
  private static final class Probe {
    private long index;
    private long own;
    private long others;
    private boolean ownLacks;
    private boolean othersLack;
    private long lastLook;

    void look(Replication log, long nowNanos) {
      long step = Math.min(nowNanos - lastLook, STEP_MAX);
      lastLook = nowNanos;
      ownLacks &= log.flushed() < index;
      othersLack &= log.heldWithoutThisNode() < index;
      if (ownLacks || othersLack) {
        own += ownLacks ? step : 0;
        others += othersLack ? step : 0;
        return;
      }
      index = log.last();
      own = 0;
      others = 0;
      ownLacks = log.flushed() < index;
      othersLack = log.heldWithoutThisNode() < index;
    }
  }
}
