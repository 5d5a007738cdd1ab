package io.vxmeta.client;

import io.grpc.Channel;
import io.grpc.Status;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.client.grpc.StreamCall;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.ReadStreamRequest;
import io.vxmeta.client.v1.ReadStreamResponse;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.ShardId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One stream of reads to one node under one shard map; answers come in any order and find their
/// reads by number.
final class ReadPipe {
  /* Threads: askers, gRPC's callbacks and the timer, all under `lock`; futures end outside it.
   * States: open; retired, which takes no more reads and lets those it has end; ended.
   * Invariants: a number is given once. A read is in `waiting` until it ends: by its answer, by its deadline, or with the
   *   stream. The read that opened the stream is sent first, whatever became of it, because the stream's header is about it.
   * Bounded by its owner, who lets only so many reads be under way. */

  /// A stream's deadline; long before it, another is opened.
  private static final Duration STREAM = Duration.ofMinutes(30);

  private static final Duration RETIRES = Duration.ofMinutes(20);

  /// A stream on which a read ran out of time and nothing was answered for so long is given up.
  private static final Duration STALL = Duration.ofSeconds(1);

  /// The number of no read.
  private static final long NOBODY = 0;

  private final Epoch epoch;
  private final int answersAhead;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, Waiting> waiting = new HashMap<>();
  private final Deque<Waiting> unsent = new ArrayDeque<>();
  private final long openedNanos = System.nanoTime();
  private @Nullable StreamCall<ReadStreamRequest, ReadStreamResponse> stream;
  private long lastNumber = NOBODY;

  /// Since when reads wait and nothing was answered.
  private long quietSinceNanos = openedNanos;

  private boolean firstSent;
  private boolean retired;
  private boolean finished;
  private boolean ended;

  /// A read that is to be answered within a limit.
  ///
  /// @param traceparent of its attempt; empty: it is not traced
  record Asked(ReadRequest request, String traceparent, Duration limit) {}

  /// A read without its answer.
  private record Waiting(
      long number,
      ReadStreamRequest message,
      long deadlineNanos,
      CompletableFuture<ReadResponse> future) {
    boolean isOver(long nowNanos) {
      return nowNanos - deadlineNanos >= 0;
    }
  }

  /// `answersAhead`: how many reads its owner lets be under way.
  ReadPipe(Epoch epoch, int answersAhead) {
    this.epoch = epoch;
    this.answersAhead = answersAhead;
  }

  /// Opens the stream with its first read, whose first key has that shard.
  CompletableFuture<ReadResponse> open(Channel channel, ShardId shard, Asked read) {
    lock.lock();
    try {
      Waiting first = accept(read);
      stream =
          StreamCall.start(
              channel,
              MetadataStoreGrpc.getReadStreamMethod(),
              CallHeaders.of(shard, epoch),
              STREAM,
              answersAhead,
              new StreamEvents());
      pump();
      return first.future;
    } finally {
      lock.unlock();
    }
  }

  /// The answer's future, which fails with an [RpcFailure]; empty when this pipe takes no more
  /// reads, or none made under that newer map. One made under an older map is judged by the
  /// server's own.
  Optional<CompletableFuture<ReadResponse>> ask(Epoch under, Asked read) {
    lock.lock();
    try {
      boolean old = System.nanoTime() - openedNanos > RETIRES.toNanos();
      if (ended || retired || old || under.isNewerThan(epoch)) {
        return Optional.empty();
      }
      Waiting asked = accept(read);
      pump();
      return Optional.of(asked.future);
    } finally {
      lock.unlock();
    }
  }

  private Waiting accept(Asked read) {
    long number = ++lastNumber;
    ReadStreamRequest message =
        ReadStreamRequest.newBuilder()
            .setId(number)
            .setRead(read.request())
            .setTraceparent(read.traceparent())
            .build();
    Waiting asked =
        new Waiting(
            number, message, System.nanoTime() + read.limit().toNanos(), new CompletableFuture<>());
    if (waiting.isEmpty()) {
      quietSinceNanos = System.nanoTime();
    }
    waiting.put(asked.number, asked);
    unsent.add(asked);
    return asked;
  }

  /// Sends as much as the stream takes. Under the lock.
  private void pump() {
    StreamCall<ReadStreamRequest, ReadStreamResponse> open = stream;
    if (open == null || ended) {
      return;
    }
    while (!unsent.isEmpty() && open.hasRoom()) {
      Waiting next = unsent.remove();
      firstSent = true;
      open.send(next.message);
    }
    if (retired && unsent.isEmpty() && !finished) {
      finished = true;
      open.finish();
    }
  }

  /// Takes no more reads; those it has are still answered.
  void retire() {
    lock.lock();
    try {
      if (!retired && !ended) {
        retired = true;
        pump();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Whether its stream is gone, and nothing waits for it.
  boolean isEnded() {
    lock.lock();
    try {
      return ended;
    } finally {
      lock.unlock();
    }
  }

  /// Ends the reads whose time is over, and the stream if it seems to be dead.
  void expire(long nowNanos) {
    List<Waiting> over = new ArrayList<>();
    List<Waiting> cut = List.of();
    lock.lock();
    try {
      for (Waiting each : waiting.values()) {
        if (each.isOver(nowNanos)) {
          over.add(each);
        }
      }
      over.forEach(each -> waiting.remove(each.number));
      long opener = firstSent || unsent.isEmpty() ? NOBODY : unsent.element().number;
      unsent.removeIf(each -> each.number != opener && each.isOver(nowNanos));
      if (!over.isEmpty() && nowNanos - quietSinceNanos > STALL.toNanos()) {
        cut = cut();
      }
    } finally {
      lock.unlock();
    }
    fail(over, failure(Status.Code.DEADLINE_EXCEEDED, "no answer in the time that a read has"));
    fail(cut, failure(Status.Code.UNAVAILABLE, "the stream answered nothing for " + STALL));
  }

  /// Ends the stream and whatever waits for it.
  void end(CallFailed why) {
    List<Waiting> cut;
    lock.lock();
    try {
      cut = cut();
    } finally {
      lock.unlock();
    }
    fail(cut, why);
  }

  /// Under the lock; what is returned has to be failed outside of it.
  private List<Waiting> cut() {
    StreamCall<ReadStreamRequest, ReadStreamResponse> open = stream;
    if (open != null) {
      open.cancel("given up");
    }
    return takeAll();
  }

  private List<Waiting> takeAll() {
    List<Waiting> all = List.copyOf(waiting.values());
    waiting.clear();
    unsent.clear();
    ended = true;
    stream = null;
    return all;
  }

  private static void fail(List<Waiting> reads, Throwable why) {
    reads.forEach(each -> each.future.completeExceptionally(why));
  }

  private static RpcFailure failure(Status.Code code, String text) {
    return RpcFailure.of(
        com.google.rpc.Status.newBuilder().setCode(code.value()).setMessage(text).build());
  }

  private final class StreamEvents implements StreamCall.Events<ReadStreamResponse> {
    @Override
    public void onAnswer(ReadStreamResponse response) {
      Waiting answered;
      lock.lock();
      try {
        answered = waiting.remove(response.getId());
        quietSinceNanos = System.nanoTime();
        StreamCall<ReadStreamRequest, ReadStreamResponse> open = stream;
        if (open != null) {
          open.demand(1);
        }
      } finally {
        lock.unlock();
      }
      // One whose time was over is answered too late; nobody waits for it.
      if (answered != null) {
        complete(answered.future, response);
      }
    }

    private void complete(CompletableFuture<ReadResponse> future, ReadStreamResponse response) {
      switch (response.getOutcomeCase()) {
        case READ -> future.complete(response.getRead());
        case ERROR -> future.completeExceptionally(RpcFailure.of(response.getError()));
        case OUTCOME_NOT_SET ->
            future.completeExceptionally(
                failure(Status.Code.INTERNAL, "an answer without an outcome"));
      }
    }

    @Override
    public void onRoom() {
      lock.lock();
      try {
        pump();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onEnd() {
      onFailure(failure(Status.Code.UNAVAILABLE, "the server ended the stream"));
    }

    @Override
    public void onFailure(RpcFailure failure) {
      List<Waiting> unanswered;
      lock.lock();
      try {
        unanswered = takeAll();
      } finally {
        lock.unlock();
      }
      fail(unanswered, failure);
    }
  }
}
