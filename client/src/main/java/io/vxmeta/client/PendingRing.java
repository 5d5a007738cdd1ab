package io.vxmeta.client;

import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The unanswered transactions of a pipe, in order of their sequences; the first `sent` of them are
/// on the current stream.
final class PendingRing {
  /* Threads: under the pipe's lock. Invariants: 0 <= sent <= count <= capacity; sequences ascend. */

  /// A transaction that waits for its answer.
  static final class Pending {
    final WriteRequest request;
    final long sequence;
    final KeyShards shards;
    final int bytes;
    final Optional<CallTrace> trace;
    final CompletableFuture<Outcome<WriteAnswer>> future;

    /// Of the stream that carries it, or carried it last.
    Optional<CallTrace.Message> attempt = Optional.empty();

    /// A stream that carried it broke for a reason that does not tell what happened.
    boolean inDoubt;

    /// The refusal that ended a stream which carried it among others; empty = none did.
    String suspectedOf = "";

    Pending(WriteRequest request, KeyShards shards, int bytes, Optional<CallTrace> trace) {
      this(request, shards, bytes, trace, new CompletableFuture<>());
    }

    private Pending(
        WriteRequest request,
        KeyShards shards,
        int bytes,
        Optional<CallTrace> trace,
        CompletableFuture<Outcome<WriteAnswer>> future) {
      this.trace = trace;
      this.request = request;
      this.sequence = request.getProducer().getSequence();
      this.shards = shards;
      this.bytes = bytes;
      this.future = future;
    }

    /// The same transaction for another group. Only when it can not happen under this sequence.
    Pending renumbered(ShardGroupId group, long newSequence) {
      return new Pending(
          MessageCodec.renumbered(request, group, newSequence), shards, bytes, trace, future);
    }

    boolean mayHaveHappened() {
      return inDoubt || !suspectedOf.isEmpty();
    }

    /// Whether it is about one of these shards.
    boolean touches(KeyShards others) {
      return shards.shards().stream().anyMatch(others.shards()::contains);
    }

    boolean belongsTo(ShardGroupId group, ShardMap map) {
      return shards.group(map).filter(group::equals).isPresent();
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

  boolean anyMatch(Predicate<Pending> wanted) {
    for (int index = 0; index < count; index++) {
      if (wanted.test(at(index))) {
        return true;
      }
    }
    return false;
  }

  List<Pending> removeAll() {
    List<Pending> all = new ArrayList<>();
    while (count > 0) {
      all.add(removeHead());
    }
    return all;
  }
}
