package io.vxmeta.raft;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How long a node takes no lead after its disk was slow.
final class DiskRest {
  /* Threads: one tells; any asks.
   * Why: a disk is only seen to be slow while its node leads, so a node that gave its leads away looks well at once, and would get them
   *   back. It rests for long, and twice as long each time that the disk is slow again before it was well for as long as it rested.
   */

  /// A rest is at most so many times as long as the first.
  static final int LONGEST = 16;

  private final Duration first;
  private volatile @Nullable Rest rest;

  private record Rest(long untilNanos, Duration length) {}

  DiskRest(Duration first) {
    this.first = first;
  }

  /// The disk is slow at this moment.
  void onSlow(long nowNanos) {
    Rest last = rest;
    Duration length =
        last == null || nowNanos - last.untilNanos() >= last.length().toNanos()
            ? first
            : nowNanos - last.untilNanos() >= 0 ? longer(last.length()) : last.length();
    rest = new Rest(nowNanos + length.toNanos(), length);
  }

  private Duration longer(Duration length) {
    Duration twice = length.multipliedBy(2);
    Duration longest = first.multipliedBy(LONGEST);
    return twice.compareTo(longest) > 0 ? longest : twice;
  }

  /// What is left of it; zero: the node may lead.
  Duration left(long nowNanos) {
    Rest last = rest;
    return last == null || nowNanos - last.untilNanos() >= 0
        ? Duration.ZERO
        : Duration.ofNanos(last.untilNanos() - nowNanos);
  }
}
