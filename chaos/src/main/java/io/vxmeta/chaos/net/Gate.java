package io.vxmeta.chaos.net;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Lets bytes of one way through: at once, late, slowly, or not at all.
final class Gate {
  /* Threads: any number of pumps pass; any thread steers.
   * A cut gate holds bytes back instead of dropping them: a lost packet is sent again by TCP, so what a partition does to
   * a connection is delay until it heals, or until somebody gives up. */

  /// A narrow way that lets bytes through sooner has not slowed them down.
  private static final long SLOWED_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Hindrance> inForce = new ArrayList<>();

  /// When the bytes let through so far have left, at the narrowest limit in force.
  private long narrowUntilNanos = Long.MIN_VALUE;

  void add(Hindrance hindrance) {
    lock.lock();
    try {
      inForce.add(hindrance);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void remove(Hindrance hindrance) {
    lock.lock();
    try {
      inForce.remove(hindrance);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Whether a connection made now is to be reset at once.
  boolean refuses() {
    lock.lock();
    try {
      List<Hindrance> refusing =
          inForce.stream().filter(each -> each.trouble() instanceof Trouble.Refused).toList();
      refusing.forEach(Hindrance::count);
      return !refusing.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /// Returns when that many bytes, which arrived at the given `System.nanoTime()`, may go on.
  void pass(long arrivedNanos, int bytes) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      inForce.stream()
          .filter(each -> holdsNanos(each, arrivedNanos) > 0 && countsHolding(each))
          .forEach(Hindrance::count);
      squeeze(bytes);
      for (long hold = longestHold(arrivedNanos); hold > 0; hold = longestHold(arrivedNanos)) {
        long _ = changed.awaitNanos(hold);
      }
    } finally {
      lock.unlock();
    }
  }

  /// What a half-open way did is that connections were forgotten, whoever waits in front of it.
  private static boolean countsHolding(Hindrance hindrance) {
    return !(hindrance.trouble() instanceof Trouble.HalfOpen);
  }

  private static boolean isNarrow(Hindrance hindrance) {
    return hindrance.trouble() instanceof Trouble.Narrow;
  }

  private void squeeze(int bytes) throws InterruptedException {
    long now = System.nanoTime();
    long wire = inForce.stream().mapToLong(each -> wireNanos(each, bytes)).max().orElse(0);
    if (wire == 0) {
      return;
    }
    boolean idle = narrowUntilNanos == Long.MIN_VALUE || narrowUntilNanos - now < 0;
    long gone = (idle ? now : narrowUntilNanos) + wire;
    narrowUntilNanos = gone;
    List<Hindrance> narrowest =
        inForce.stream().filter(each -> wireNanos(each, bytes) == wire).toList();
    for (long left = gone - now; left > 0 && inForce.stream().anyMatch(Gate::isNarrow); ) {
      long _ = changed.awaitNanos(left);
      left = gone - System.nanoTime();
    }
    if (System.nanoTime() - now >= SLOWED_NANOS) {
      narrowest.forEach(Hindrance::count);
    }
  }

  private static long wireNanos(Hindrance hindrance, int bytes) {
    return hindrance.trouble() instanceof Trouble.Narrow narrow
        ? TimeUnit.SECONDS.toNanos(bytes) / narrow.bytesPerSecond()
        : 0;
  }

  private long longestHold(long arrivedNanos) {
    return inForce.stream().mapToLong(each -> holdsNanos(each, arrivedNanos)).max().orElse(0);
  }

  /// How much longer bytes of that arrival are held by it; for ever when it is cut.
  private static long holdsNanos(Hindrance hindrance, long arrivedNanos) {
    return switch (hindrance.trouble()) {
      case Trouble.Cut _, Trouble.HalfOpen _ -> Long.MAX_VALUE;
      case Trouble.Late late -> lateNanos(late, arrivedNanos) - (System.nanoTime() - arrivedNanos);
      case Trouble.Narrow _, Trouble.Refused _, Trouble.Lossy _, Trouble.BlackHole _ -> 0;
    };
  }

  /// The same for the same arrival, so that looking again does not roll the dice again.
  private static long lateNanos(Trouble.Late late, long arrivedNanos) {
    long span = late.most().toNanos() - late.least().toNanos() + 1;
    return late.least().toNanos()
        + Math.floorMod((arrivedNanos * 0x9E3779B97F4A7C15L) >>> 17, span);
  }
}
