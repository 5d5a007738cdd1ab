package io.vxmeta.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/// Hands out one producer's sequences for one shard group, so that none in use falls out of the
/// servers' window.
final class SequenceWindow {
  /* Threads: any.
   * Invariants: a sequence is handed out once, ever; highest - lowest in use < WIDTH, so that a repetition of the lowest is
   *   still remembered by the server, which keeps the last 1,024. */

  /// Below the servers' 1,024, so that the two never have to agree on the exact edge.
  static final int WIDTH = 1_000;

  /// Callers that may wait for a sequence; more are refused.
  static final int WAITING_MAX = 10_000;

  private final NavigableSet<Long> inUse = new TreeSet<>();
  private final Deque<CompletableFuture<Long>> waiting = new ArrayDeque<>();
  private long next = 1;

  /// Ends with a sequence as soon as the window has room; cancel the future to leave the queue.
  CompletableFuture<Long> acquire() {
    CompletableFuture<Long> wanted = new CompletableFuture<>();
    synchronized (this) {
      if (waiting.isEmpty() && hasRoom()) {
        wanted.complete(take());
      } else if (waiting.size() < WAITING_MAX) {
        waiting.add(wanted);
      } else {
        wanted.completeExceptionally(
            new CallFailed(
                CallFailed.CLIENT_OVERLOADED,
                "too many writes of this client wait for one shard group: limit="
                    + WAITING_MAX
                    + "; wait for some to end, or use a bulk writer, which blocks",
                Map.of("limit", Integer.toString(WAITING_MAX))));
      }
    }
    return wanted;
  }

  private boolean hasRoom() {
    return inUse.isEmpty() || next - inUse.first() < WIDTH;
  }

  private long take() {
    long sequence = next++;
    inUse.add(sequence);
    return sequence;
  }

  /// The sequence's write has ended, however it ended; it is never used again.
  void release(long sequence) {
    List<Grant> grants = new ArrayList<>();
    synchronized (this) {
      inUse.remove(sequence);
      while (!waiting.isEmpty() && hasRoom()) {
        CompletableFuture<Long> wanted = waiting.remove();
        if (!wanted.isDone()) {
          grants.add(new Grant(wanted, take()));
        }
      }
    }
    for (Grant grant : grants) {
      if (!grant.wanted.complete(grant.sequence)) {
        release(grant.sequence);
      }
    }
  }

  private record Grant(CompletableFuture<Long> wanted, long sequence) {}
}
