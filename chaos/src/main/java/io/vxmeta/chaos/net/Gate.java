package io.vxmeta.chaos.net;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Lets bytes of one direction through: at once, late, or not at all.
final class Gate {
  /* Threads: any number of pumps pass; any thread steers.
   * A cut gate holds bytes back instead of dropping them: a lost packet is sent again by TCP, so what a partition does to
   * a connection is delay until it heals, or until somebody gives up. */

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean cut;
  private long delayNanos;
  private long hindered;

  void cut() {
    steer(true, 0);
  }

  void heal() {
    steer(false, 0);
  }

  void delay(Duration delay) {
    steer(false, delay.toNanos());
  }

  private void steer(boolean isCut, long nanos) {
    lock.lock();
    try {
      cut = isCut;
      delayNanos = nanos;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// How often bytes had to wait here.
  long hindered() {
    lock.lock();
    try {
      return hindered;
    } finally {
      lock.unlock();
    }
  }

  /// Returns when bytes that arrived at the given `System.nanoTime()` may go on.
  void pass(long arrivedNanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (cut || delayNanos - (System.nanoTime() - arrivedNanos) > 0) {
        hindered++;
      }
      while (true) {
        long early = delayNanos - (System.nanoTime() - arrivedNanos);
        if (cut) {
          changed.await();
        } else if (early > 0) {
          long _ = changed.awaitNanos(early);
        } else {
          return;
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
