package io.vxmeta.raft.write;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/// Transactions that wait for their log entry, each namespace in a queue of its own: who sends much
/// waits, who sends little does not wait for it.
final class FairQueue {
  /* Threads: under the coalescer's monitor.
   * Order: deficit round robin (Shreedhar and Varghese, 1995). In each turn a namespace may take QUANTUM times its weight, and
   *   what it could not use for the size of its next transaction it keeps; what a transaction costs are its bytes and its steps.
   *   A namespace that begins to wait is served within one turn of all others.
   * Room: when all is full, a namespace that holds less than its share of it gets room from the end of the queue of the
   *   one that holds most for its weight. So nobody's flood closes the door on others.
   * A lane stays in the queue of its first transaction's namespace, because its order must be kept.
   */

  /// Cost that a namespace of weight 1 may take in a turn. An entry of 256 KiB holds turns of
  /// sixteen.
  static final int QUANTUM = 16 << 10;

  /// What a step costs, in bytes: an entry's limits of both are met about together.
  static final int STEP_COST = 128;

  private final IntUnaryOperator weights;
  private final ArrayDeque<Share> turns = new ArrayDeque<>();
  private @Nullable Share[] byNamespace = new @Nullable Share[16];
  private long bytes;

  /// What one namespace has waiting.
  static final class Share {
    private final int weight;
    private final ArrayDeque<PendingWrite> writes = new ArrayDeque<>();
    private long bytes;
    private long deficit;

    private Share(int weight) {
      this.weight = weight;
    }

    private boolean holdsMoreThan(Share other, long otherBytes) {
      return bytes * other.weight > otherBytes * weight;
    }
  }

  /// `weights` gives each namespace's id a weight from 1.
  FairQueue(IntUnaryOperator weights) {
    this.weights = weights;
  }

  long bytes() {
    return bytes;
  }

  void add(PendingWrite write) {
    Share share = share(write);
    if (share.writes.isEmpty()) {
      share.deficit = 0;
      turns.add(share);
    }
    share.writes.add(write);
    share.bytes += write.transaction().length();
    bytes += write.transaction().length();
  }

  /// The transaction whose turn it is.
  Optional<PendingWrite> next() {
    if (turns.isEmpty()) {
      return Optional.empty();
    }
    Share share = turns.element();
    while (share.deficit < cost(share.writes.element())) {
      turns.add(turns.remove());
      share = turns.element();
      share.deficit += (long) QUANTUM * share.weight;
    }
    return Optional.of(share.writes.element());
  }

  /// Takes out what `next` has given.
  void remove() {
    Share share = turns.element();
    PendingWrite write = share.writes.remove();
    share.deficit -= cost(write);
    forget(share, write);
    if (share.writes.isEmpty()) {
      turns.remove();
    }
  }

  /// Makes room for a transaction within `limit` bytes, if those who must make room hold more than
  /// their share.
  ///
  /// @return those put out, the last of their queues; or empty if there is no room
  Optional<List<PendingWrite>> makeRoom(PendingWrite write, long limit) {
    Share mine = share(write);
    int wanted = write.transaction().length();
    List<PendingWrite> out = new ArrayList<>();
    while (bytes + wanted > limit) {
      Share most = mine;
      for (Share share : turns) {
        most = share.holdsMoreThan(most, most.bytes) ? share : most;
      }
      if (most == mine || !most.holdsMoreThan(mine, mine.bytes + wanted)) {
        restore(out);
        return Optional.empty();
      }
      PendingWrite last = most.writes.removeLast();
      forget(most, last);
      out.add(last);
      if (most.writes.isEmpty()) {
        turns.remove(most);
      }
    }
    return Optional.of(out);
  }

  private void restore(List<PendingWrite> out) {
    for (int i = out.size() - 1; i >= 0; i--) {
      add(out.get(i));
    }
  }

  /// Empties the queue.
  List<PendingWrite> removeAll() {
    List<PendingWrite> all = new ArrayList<>();
    for (Share share : turns) {
      all.addAll(share.writes);
      share.writes.clear();
      share.bytes = 0;
    }
    turns.clear();
    bytes = 0;
    return all;
  }

  private void forget(Share share, PendingWrite write) {
    share.bytes -= write.transaction().length();
    bytes -= write.transaction().length();
  }

  private static long cost(PendingWrite write) {
    return write.transaction().length() + (long) STEP_COST * write.transaction().steps();
  }

  private Share share(PendingWrite write) {
    Share known = write.lane().share();
    if (known != null) {
      return known;
    }
    int namespace = write.namespace();
    if (namespace >= byNamespace.length) {
      byNamespace = Arrays.copyOf(byNamespace, Math.max(namespace + 1, 2 * byNamespace.length));
    }
    Share share = byNamespace[namespace];
    if (share == null) {
      share = new Share(Math.max(1, weights.applyAsInt(namespace)));
      byNamespace[namespace] = share;
    }
    write.lane().share(share);
    return share;
  }
}
