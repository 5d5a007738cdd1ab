package io.vxmeta.client;

import io.grpc.Channel;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Many reads on one stream per node, answered as they become ready.
///
/// A read is what it is in [VxClient#readAsync]: split by shard group, put together again in the
/// order of its keys, with one deadline, and repeated elsewhere when a node or a stream fails; its
/// future ends once, with the answer or with [CallFailed]. Only so many reads are under way:
/// whoever asks for one more waits, or is refused.
public final class ReadStream implements AutoCloseable {
  /* Threads: any number may read; each blocks while the stream is full, so do not read from a callback of this client.
   * Invariants: a permit is held for each read that has no outcome; what happens to a read is decided by its ReadCall, the
   *   pipes only carry attempts, each of which ends by its own limit. */

  /// How often attempts are looked at whose time may be over: a deadline is noticed so much late.
  private static final Duration TICK = Duration.ofMillis(20);

  private final GroupCall.Ground ground;
  private final Options options;
  private final ReadCall.Manner manner;
  private final Duration deadline;
  private final Semaphore permits;
  private final Map<Channel, ReadPipe> pipes = new ConcurrentHashMap<>();
  private final Queue<ReadPipe> retired = new ConcurrentLinkedQueue<>();
  private final ReentrantLock opening = new ReentrantLock();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final ScheduledFuture<?> ticker;
  private volatile boolean cut;

  /// How to read, and how many reads may be without an outcome.
  public record Options(ReadOptions reads, int readsInFlight) {

    /// Keeps a node busy for some milliseconds; a server takes 64 of a stream at a time.
    public static final int READS_IN_FLIGHT = 128;

    public static final int READS_IN_FLIGHT_MAX = 65_536;

    public static final Options DEFAULTS = of(ReadOptions.linearizable());

    public Options {
      if (readsInFlight < 1 || readsInFlight > READS_IN_FLIGHT_MAX) {
        throw new IllegalArgumentException(
            "reads in flight are 1.." + READS_IN_FLIGHT_MAX + ": reads-in-flight=" + readsInFlight);
      }
    }

    public static Options of(ReadOptions reads) {
      return new Options(reads, READS_IN_FLIGHT);
    }

    public Options withReadsInFlight(int newReadsInFlight) {
      return new Options(reads, newReadsInFlight);
    }
  }

  ReadStream(
      GroupCall.Ground ground, Options options, Route.Preference preference, Duration deadline) {
    this.ground = ground;
    this.options = options;
    this.manner = new ReadCall.Manner(options.reads(), preference, this::ask);
    this.deadline = deadline;
    this.permits = new Semaphore(options.readsInFlight());
    this.ticker =
        ground
            .timer()
            .scheduleWithFixedDelay(
                this::expire, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Looks up keys, waiting while as many reads as may be are under way.
  public CompletableFuture<ReadAnswer> read(String namespace, List<Bytes> keys)
      throws InterruptedException {
    check(namespace, keys);
    permits.acquire();
    return start(namespace, keys);
  }

  /// Looks up keys; empty when as many reads as may be are under way.
  public Optional<CompletableFuture<ReadAnswer>> tryRead(String namespace, List<Bytes> keys) {
    check(namespace, keys);
    return permits.tryAcquire() ? Optional.of(start(namespace, keys)) : Optional.empty();
  }

  private static void check(String namespace, List<Bytes> keys) {
    RequestLimits.checkNamespace(namespace);
    keys.forEach(RequestLimits::checkKey);
  }

  /// Holds a permit, which goes back AFTER the caller's future has its outcome, so that `close`,
  /// which takes all permits, returns to a caller whose reads are all done.
  private CompletableFuture<ReadAnswer> start(String namespace, List<Bytes> keys) {
    CompletableFuture<ReadAnswer> answer =
        closed.get()
            ? CompletableFuture.failedFuture(ended())
            : ReadCall.start(ground, namespace, keys, manner, Deadline.after(deadline));
    CompletableFuture<ReadAnswer> outcome = new CompletableFuture<>();
    Futures.detach(
        answer.whenComplete((records, failure) -> {
          if (failure != null) {
            outcome.completeExceptionally(failure);
          } else {
            outcome.complete(records);
          }
          permits.release();
        }));
    return outcome;
  }

  private static CallFailed ended() {
    return new CallFailed(
        CallFailed.CLOSED, "the read stream is closed; open another one", Map.of());
  }

  /// One attempt of a part of a read. Of one that is traced, the channel underneath is the one that
  /// has the stream.
  private CompletableFuture<ReadResponse> ask(
      Channel channel, ShardMap map, ShardId first, ReadRequest request, Duration limit) {
    if (!(channel instanceof CallTrace.AttemptChannel traced)) {
      return ask(channel, map, first, new ReadPipe.Asked(request, "", limit));
    }
    CallTrace.Message attempt = traced.message(MetadataStoreGrpc.getReadStreamMethod(), first);
    ReadPipe.Asked read = new ReadPipe.Asked(request, attempt.traceparent(), limit);
    return ask(traced.plain(), map, first, read)
        .whenComplete((answer, problem) -> {
          if (problem == null) {
            attempt.answered();
          } else if (Futures.cause(problem) instanceof RpcFailure failure) {
            attempt.failed(failure);
          } else {
            attempt.givenUp(CallFailed.CLOSED);
          }
        });
  }

  private CompletableFuture<ReadResponse> ask(
      Channel channel, ShardMap map, ShardId first, ReadPipe.Asked read) {
    return asked(pipes.get(channel), map, read).orElseGet(() -> open(channel, map, first, read));
  }

  private static Optional<CompletableFuture<ReadResponse>> asked(
      @Nullable ReadPipe pipe, ShardMap map, ReadPipe.Asked read) {
    return pipe == null ? Optional.empty() : pipe.ask(map.epoch(), read);
  }

  private CompletableFuture<ReadResponse> open(
      Channel channel, ShardMap map, ShardId first, ReadPipe.Asked read) {
    opening.lock();
    try {
      if (cut) {
        return CompletableFuture.failedFuture(ended());
      }
      ReadPipe former = pipes.get(channel);
      Optional<CompletableFuture<ReadResponse>> asked = asked(former, map, read);
      if (asked.isPresent()) {
        return asked.get();
      }
      if (former != null) {
        retire(former);
      }
      ReadPipe pipe = new ReadPipe(map.epoch(), options.readsInFlight());
      CompletableFuture<ReadResponse> answer = pipe.open(channel, first, read);
      pipes.put(channel, pipe);
      return answer;
    } finally {
      opening.unlock();
    }
  }

  private void retire(ReadPipe pipe) {
    pipe.retire();
    retired.add(pipe);
  }

  private void expire() {
    long now = System.nanoTime();
    pipes.values().forEach(pipe -> pipe.expire(now));
    retired.forEach(pipe -> pipe.expire(now));
    retired.removeIf(ReadPipe::isEnded);
  }

  /// Waits until every read has its outcome, then ends the streams. When interrupted, what is under
  /// way fails. Later reads are refused.
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    try {
      permits.acquire(options.readsInFlight());
      permits.release(options.readsInFlight());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      cut();
    }
    ticker.cancel(false);
    pipes.values().forEach(ReadPipe::retire);
  }

  private void cut() {
    opening.lock();
    try {
      cut = true;
    } finally {
      opening.unlock();
    }
    pipes.values().forEach(pipe -> pipe.end(ended()));
    retired.forEach(pipe -> pipe.end(ended()));
  }
}
