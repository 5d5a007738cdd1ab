package io.vxmeta.client;

import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.shardmap.ShardId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The unanswered transactions of a pipe, in order of their sequences; the first `sent` of them are
/// on the current stream.
final class PendingRing {
  /* Threads: under the pipe's lock. Invariants: 0 <= sent <= count <= capacity; sequences ascend. */

  /// A transaction that waits for its answer.
  static final class Pending {
    final WriteRequest request;
    final long sequence;
    final ShardId shard;
    final int bytes;
    final Optional<CallTrace> trace;
    final CompletableFuture<Outcome<WriteAnswer>> future = new CompletableFuture<>();

    /// Of the stream that carries it, or carried it last.
    Optional<CallTrace.Message> attempt = Optional.empty();

    /// A stream that carried it broke for a reason that does not tell what happened.
    boolean inDoubt;

    /// The refusal that ended a stream which carried it among others; empty = none did.
    String suspectedOf = "";

    Pending(WriteRequest request, ShardId shard, int bytes, Optional<CallTrace> trace) {
      this.trace = trace;
      this.request = request;
      this.sequence = request.getProducer().getSequence();
      this.shard = shard;
      this.bytes = bytes;
    }
  }

  private final @Nullable Pending[] slots;
  private int head;
  private int count;
  private int sent;
  private long bytes;

  PendingRing(int capacity) {
    this.slots = new Pending[capacity];
  }

  boolean isEmpty() {
    return count == 0;
  }

  boolean isFull() {
    return count == slots.length;
  }

  int count() {
    return count;
  }

  int sent() {
    return sent;
  }

  long bytes() {
    return bytes;
  }

  void add(Pending pending) {
    slots[(head + count++) % slots.length] = pending;
    bytes += pending.bytes;
  }

  Pending at(int index) {
    Pending pending = slots[(head + index) % slots.length];
    if (index >= count || pending == null) {
      throw new IllegalStateException("no pending transaction at index=" + index);
    }
    return pending;
  }

  /// The next one to send; it counts as sent from now on.
  Pending send() {
    return at(sent++);
  }

  /// The stream is gone: nothing is on it.
  void unsend() {
    sent = 0;
  }

  Pending removeHead() {
    Pending pending = at(0);
    slots[head] = null;
    head = (head + 1) % slots.length;
    count--;
    sent = Math.max(0, sent - 1);
    bytes -= pending.bytes;
    return pending;
  }

  /// Takes one out of the middle; only when nothing is sent.
  Pending remove(int index) {
    Pending removed = at(index);
    for (int i = index; i > 0; i--) {
      slots[(head + i) % slots.length] = at(i - 1);
    }
    slots[head] = removed;
    return removeHead();
  }

  /// Index of the sequence, or the count when it is not here.
  int indexOf(long sequence) {
    int index = 0;
    while (index < count && at(index).sequence != sequence) {
      index++;
    }
    return index;
  }

  List<Pending> removeAll() {
    List<Pending> all = new ArrayList<>();
    while (count > 0) {
      all.add(removeHead());
    }
    return all;
  }
}
