package io.vxmeta.raft;

import io.vxmeta.raft.ratis.Replication;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Tells whether writes wait for this node's disk alone, or for the others' as well.
final class FlushPace {
  /* Threads: one looks; `slowSeconds` from any.
   * Measured are waits, by this node's clock: an entry that a majority holds without this node waits for this node's disk
   *   until it is flushed here; one that is flushed here waits for the others until enough of them hold it.
   * A wait lasts from the look that first saw it to the last look that saw it go on, so it is never taken for longer than
   *   it was. Between two looks no more than STEP_MAX counts: a process that stood still did not see its disk either.
   * Each second counts at most once for each side, however many groups and waits. What speaks against the others is taken off:
   *   disks that are all equally slow are last in turns, and the two sums meet.
   */
  static final int SECONDS = 10;
  static final int SLOW_SECONDS_MIN = 5;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long STEP_MAX = TimeUnit.MILLISECONDS.toNanos(150);
  private static final int ALL = (1 << SECONDS) - 1;

  private final long limitNanos;
  private final Map<ShardGroupId, Sides> groups = new HashMap<>();

  /// A bit for each of the last seconds, the current one lowest.
  private int ownSlow;

  private int othersSlow;
  private long secondBegan;
  private volatile int slowSeconds;

  FlushPace(Duration limit, long nowNanos) {
    this.limitNanos = limit.toNanos();
    this.secondBegan = nowNanos;
  }

  private record Sides(Wait own, Wait others) {}

  /// One look at a group that this node leads.
  void look(ShardGroupId group, Replication log, long nowNanos) {
    turn(nowNanos);
    Sides sides = groups.computeIfAbsent(group, _ -> new Sides(new Wait(), new Wait()));
    if (sides.own().look(log.heldWithoutThisNode(), log.flushed(), nowNanos) >= limitNanos) {
      ownSlow |= 1;
    }
    if (sides.others().look(log.flushed(), log.heldIfThisNodeDoes(), nowNanos) >= limitNanos) {
      othersSlow |= 1;
    }
    slowSeconds = Integer.bitCount(ownSlow) - Integer.bitCount(othersSlow);
  }

  /// One look at a group that this node does not lead: nothing waits for it.
  void pass(ShardGroupId group, long nowNanos) {
    turn(nowNanos);
    groups.remove(group);
  }

  private void turn(long nowNanos) {
    while (nowNanos - secondBegan >= SECOND) {
      secondBegan += SECOND;
      ownSlow = ownSlow << 1 & ALL;
      othersSlow = othersSlow << 1 & ALL;
      slowSeconds = Integer.bitCount(ownSlow) - Integer.bitCount(othersSlow);
    }
  }

  /// Whether leadership is better elsewhere.
  boolean slow() {
    return slowSeconds >= SLOW_SECONDS_MIN;
  }

  /// Of the last seconds, those in which a write waited for this node's disk, less those in which
  /// one waited for the others'.
  int slowSeconds() {
    return slowSeconds;
  }

  /// The oldest entry that one side holds and the other does not, one at a time.
  private static final class Wait {
    private boolean open;
    private long index;
    private long age;
    private long lastLook;

    /// @param ahead last entry of the side that waits
    /// @param behind last entry of the side that is waited for
    /// @return nanoseconds that were seen of the wait under way; 0 if there is none
    long look(long ahead, long behind, long nowNanos) {
      if (open && behind < index) {
        age += Math.min(nowNanos - lastLook, STEP_MAX);
      } else {
        open = ahead > behind;
        index = ahead;
        age = 0;
      }
      lastLook = nowNanos;
      return age;
    }
  }
}
