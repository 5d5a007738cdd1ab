package io.vxmeta.chaos.bench;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Writes one key again and again, one write in flight, and knows the longest time without an
/// acknowledgement.
final class LoneWriter implements AutoCloseable {
  static final String NAMESPACE = "default";

  private final VxClient client;
  private final Bytes key;
  private final Duration patience;
  private final Thread thread = Thread.ofPlatform().name("bench-writer").unstarted(this::run);
  private volatile boolean ended;
  private long acknowledged;
  private long failed;
  private long lastNanos;
  private long longestNanos;

  /// @param patience for one write, which the client repeats by itself until then
  LoneWriter(VxClient client, Bytes key, Duration patience) {
    this.client = client;
    this.key = key;
    this.patience = patience;
  }

  LoneWriter begin() {
    lastNanos = System.nanoTime();
    thread.start();
    return this;
  }

  private void run() {
    for (long number = 1; !ended; number++) {
      Outcome<WriteAnswer> outcome =
          client.write(Transaction.put(NAMESPACE, key, Bytes.number(number)), patience);
      note(outcome instanceof Outcome.Done<WriteAnswer>);
    }
  }

  private synchronized void note(boolean done) {
    if (!done) {
      failed++;
      return;
    }
    long now = System.nanoTime();
    longestNanos = Math.max(longestNanos, now - lastNanos);
    lastNanos = now;
    acknowledged++;
  }

  /// From now on. A write that is under way counts from the one before.
  ///
  /// @param failures as well
  synchronized void forget(boolean failures) {
    longestNanos = 0;
    failed = failures ? 0 : failed;
  }

  synchronized double longestMs() {
    return longestNanos / 1e6;
  }

  synchronized long failed() {
    return failed;
  }

  private synchronized long acknowledged() {
    return acknowledged;
  }

  void awaitMore(int writes) {
    long wanted = acknowledged() + writes;
    long deadline = System.nanoTime() + patience.toNanos();
    while (acknowledged() < wanted) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("expected more writes within " + patience);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  @Override
  public void close() {
    ended = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
