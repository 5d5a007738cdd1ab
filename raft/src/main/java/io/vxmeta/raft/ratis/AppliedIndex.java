package io.vxmeta.raft.ratis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/// The last log index whose effect is visible in a replica's state, and the reads that wait for
/// one.
public final class AppliedIndex {
  /* Threads: the apply thread advances; any thread waits. Waiters are released on `executor`; when its
   *   queue is full the apply thread releases them itself, which slows writes instead of losing a read.
   * Invariants: `advance` is called AFTER the entry's effect is visible to readers, so whoever sees index() >= i (or is
   *   released for i) sees the effect of every entry up to i. `lowestAwaited` is the smallest index in `waiters`, or
   *   MAX_VALUE; it is written under the lock before `index` is read again, so that an advance between check and
   *   registration is not missed.
   * Limits: at most WAITERS_MAX waiters; each carries its own deadline and must be taken back with `cancel`.
   */

  /// More waiting reads than this on one replica are refused: they would only time out together.
  public static final int WAITERS_MAX = 65_536;

  private final Executor executor;
  private final PriorityQueue<Waiter> waiters =
      new PriorityQueue<>(Comparator.comparingLong(waiter -> waiter.index));
  private volatile long index = -1;
  private volatile long lowestAwaited = Long.MAX_VALUE;

  public AppliedIndex(Executor executor) {
    this.executor = executor;
  }

  public long index() {
    return index;
  }

  void advance(long appliedIndex) {
    index = appliedIndex;
    if (appliedIndex >= lowestAwaited) {
      releaseUpTo(appliedIndex);
    }
  }

  /// Completes once `wanted` is applied; cancel the future to stop waiting. Fails at once when too
  /// many wait.
  public CompletableFuture<Void> reached(long wanted) {
    if (index >= wanted) {
      return CompletableFuture.completedFuture(null);
    }
    Waiter waiter = new Waiter(wanted);
    synchronized (waiters) {
      if (waiters.size() >= WAITERS_MAX) {
        return CompletableFuture.failedFuture(new TooManyWaiters());
      }
      waiters.add(waiter);
      lowestAwaited = waiters.element().index;
    }
    if (index >= wanted) {
      releaseUpTo(index);
    }
    return waiter;
  }

  private void releaseUpTo(long appliedIndex) {
    List<Waiter> ready = new ArrayList<>();
    synchronized (waiters) {
      while (!waiters.isEmpty() && waiters.element().index <= appliedIndex) {
        ready.add(waiters.remove());
      }
      lowestAwaited = waiters.isEmpty() ? Long.MAX_VALUE : waiters.element().index;
    }
    if (!ready.isEmpty()) {
      executor.execute(() -> ready.forEach(waiter -> waiter.complete(null)));
    }
  }

  private void forget(Waiter waiter) {
    synchronized (waiters) {
      waiters.remove(waiter);
      lowestAwaited = waiters.isEmpty() ? Long.MAX_VALUE : waiters.element().index;
    }
  }

  /// Too many reads wait on this replica already.
  public static final class TooManyWaiters extends RuntimeException {
    TooManyWaiters() {
      super(
          "expected at most "
              + WAITERS_MAX
              + " reads waiting on a replica; retry, or ask another one");
    }
  }

  private final class Waiter extends CompletableFuture<Void> {
    private final long index;

    Waiter(long index) {
      this.index = index;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      forget(this);
      return super.cancel(mayInterruptIfRunning);
    }
  }
}
