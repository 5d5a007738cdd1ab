package io.vxmeta.client;

import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/// Writes many transactions through one pipelined stream per shard group, exactly once each.
///
/// Within a shard group transactions are applied in the order of their submission, and their
/// futures end in that order. A broken stream, a dead leader or a restart costs a pause: the writer
/// goes to the new leader and repeats from the first unanswered transaction with the same
/// sequences. A transaction that is refused for what it is (its namespace is unknown, say) ends as
/// [Outcome.Refused], and those behind it go on.
public final class BulkWriter implements AutoCloseable {
  /* Threads: any number may submit; each blocks while the group's pipe is full, so do not submit from a callback of this
   * client. One pipe per shard group, each with its own lock, stream and sequences. */

  /// How often pipes are looked at for streams that stopped answering.
  private static final Duration TICK = Duration.ofMillis(100);

  private final GroupCall.Ground ground;
  private final ProducerIdentity producer;
  private final Options options;
  private final Tally tally = new Tally();
  private final Map<ShardGroupId, GroupPipe> pipes = new ConcurrentHashMap<>();
  private final ScheduledFuture<?> ticker;

  /// Limits. `transactionsPerGroup` and `bytesPerGroup`: submitted and not answered; `stall`: a
  /// stream without an answer for that long is given up for another node; `giveUp`: a shard group
  /// without an answer for that long ends everything submitted to it.
  public record Options(
      int transactionsPerGroup, int bytesPerGroup, Duration stall, Duration giveUp) {

    public static final Options DEFAULTS =
        new Options(SequenceWindow.WIDTH, 8 << 20, Duration.ofSeconds(5), Duration.ofMinutes(2));

    public Options {
      if (transactionsPerGroup < 1 || transactionsPerGroup > SequenceWindow.WIDTH) {
        throw new IllegalArgumentException(
            "transactions in flight are 1.."
                + SequenceWindow.WIDTH
                + " a group, what servers remember of a producer: transactions-per-group="
                + transactionsPerGroup);
      }
      if (bytesPerGroup < 1) {
        throw new IllegalArgumentException(
            "bytes in flight are at least 1: bytes-per-group=" + bytesPerGroup);
      }
      if (stall.compareTo(TICK) < 0 || giveUp.compareTo(stall) < 0) {
        throw new IllegalArgumentException(
            "the tick of " + TICK + " <= stall <= give-up: stall=" + stall + " give-up=" + giveUp);
      }
    }

    public Options giveUpAfter(Duration newGiveUp) {
      Duration newStall = newGiveUp.compareTo(stall) < 0 ? newGiveUp : stall;
      return new Options(transactionsPerGroup, bytesPerGroup, newStall, newGiveUp);
    }
  }

  /// How far a writer is. `acknowledged` counts answers of any kind; `reconnects` streams after the
  /// first.
  public record Progress(
      long submitted, long acknowledged, long refused, long unknown, long reconnects) {
    public long inFlight() {
      return submitted - acknowledged - refused - unknown;
    }
  }

  BulkWriter(GroupCall.Ground ground, ProducerIdentity producer, Options options) {
    this.ground = ground;
    this.producer = producer;
    this.options = options;
    this.ticker =
        ground
            .timer()
            .scheduleWithFixedDelay(
                () -> pipes.values().forEach(GroupPipe::onTick),
                TICK.toMillis(),
                TICK.toMillis(),
                TimeUnit.MILLISECONDS);
  }

  /// Takes the transaction in, waiting while its shard group's pipe is full. The future ends with
  /// its outcome, at the latest when the writer gives up.
  public CompletableFuture<Outcome<WriteAnswer>> submit(Transaction transaction)
      throws InterruptedException {
    Optional<CallTrace> trace = ground.trace("vxmeta write");
    if (trace.isEmpty()) {
      return submit(transaction, trace);
    }
    try {
      return submit(transaction, trace).thenApply(trace.get()::onOutcome);
    } catch (InterruptedException | RuntimeException notTaken) {
      trace.get().failed(notTaken);
      throw notTaken;
    }
  }

  private CompletableFuture<Outcome<WriteAnswer>> submit(
      Transaction transaction, Optional<CallTrace> trace) throws InterruptedException {
    KeyShards shards = KeyShards.of(transaction.namespace(), transaction.keys().toList());
    ShardMap map;
    try {
      map = Futures.await(MapWait.within(ground, Deadline.after(options.giveUp())));
    } catch (CallFailed failed) {
      return CompletableFuture.completedFuture(WriteCall.refused(failed));
    }
    Optional<ShardId> stray = shards.strayFrom(map);
    if (stray.isPresent()) {
      return CompletableFuture.completedFuture(
          WriteCall.crossGroup(map, shards.first(), stray.get()));
    }
    Optional<NearCache.OwnWrite> noted = ground.nearCache().map(near -> near.writing(transaction));
    CompletableFuture<Outcome<WriteAnswer>> outcome =
        pipe(map.groupOf(shards.first())).submit(transaction, shards.first(), trace);
    return noted.isPresent() ? outcome.thenApply(noted.get()::onOutcome) : outcome;
  }

  private GroupPipe pipe(ShardGroupId group) {
    return pipes.computeIfAbsent(group, g -> new GroupPipe(ground, g, producer, options, tally));
  }

  /// Waits until everything submitted before has its outcome.
  public void flush() throws InterruptedException {
    for (GroupPipe pipe : pipes.values()) {
      pipe.awaitEmpty();
    }
  }

  public Progress progress() {
    return tally.progress();
  }

  public ProducerIdentity producer() {
    return producer;
  }

  /// Flushes, then ends the streams. When interrupted, what is in flight ends as it may.
  @Override
  public void close() {
    try {
      flush();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    ticker.cancel(false);
    pipes.values().forEach(GroupPipe::close);
  }
}
