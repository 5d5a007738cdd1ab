package io.vxmeta.raft.api;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Supplier;

/// A bounded number of objects kept for their next use.
final class Spares<T> {
  /* Threads: any. What was taken belongs to the taker alone until it is given back. What is never given back, because a call
   * failed, is garbage like any other object, and a new one takes its place: nothing has to be given back for
   * correctness, and nothing may be given back twice.
   */
  private final ArrayBlockingQueue<T> kept;
  private final Supplier<T> fresh;

  Spares(int keptMax, Supplier<T> fresh) {
    this.kept = new ArrayBlockingQueue<>(keptMax);
    this.fresh = fresh;
  }

  T take() {
    T spare = kept.poll();
    return spare == null ? fresh.get() : spare;
  }

  /// Keeps the object if there is room; the caller must not touch it any more.
  void giveBack(T spare) {
    var _ = kept.offer(spare);
  }
}
