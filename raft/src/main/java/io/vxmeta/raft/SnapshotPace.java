package io.vxmeta.raft;

import io.vxmeta.statemachine.snapshot.CopyPace;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/// Keeps the copying of one group's snapshots at a steady rate, so that it leaves the disk to the
/// log.
public final class SnapshotPace implements CopyPace {
  /* Threads: one copies at a time. */

  /// As fast as snapshots are sent to other nodes.
  static final long BYTES_PER_SECOND_MAX = 256L << 20;

  private final LongSupplier nanoClock;
  private final LongConsumer pause;
  private long freeAtNanos;

  /// @param pause waits for so many nanoseconds
  SnapshotPace(LongSupplier nanoClock, LongConsumer pause) {
    this.nanoClock = nanoClock;
    this.pause = pause;
    this.freeAtNanos = nanoClock.getAsLong();
  }

  /// By the system's clock.
  public static SnapshotPace ofSystem() {
    return new SnapshotPace(System::nanoTime, LockSupport::parkNanos);
  }

  /// Time that was not used is not saved up.
  @Override
  public void copied(long bytes) {
    long now = nanoClock.getAsLong();
    long took = TimeUnit.SECONDS.toNanos(bytes) / BYTES_PER_SECOND_MAX;
    freeAtNanos = Math.max(freeAtNanos, now - took) + took;
    if (freeAtNanos > now) {
      pause.accept(freeAtNanos - now);
    }
  }
}
