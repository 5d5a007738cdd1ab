package io.vxmeta.client;

import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Writes many transactions through one pipelined stream per shard group, exactly once each.
///
/// Within a shard group transactions are applied in the order of their submission, and their
/// futures end in that order; a shard that moves to another group takes its unanswered ones along,
/// in their order, unless it is back before they were answered. A broken stream, a dead leader or a
/// restart costs a pause: the writer goes to the new leader and repeats from the first unanswered
/// transaction with the same sequences. A transaction that is refused for what it is (its namespace
/// is unknown, say) ends as [Outcome.Refused], and those behind it go on.
public final class BulkWriter implements AutoCloseable {
  /* Threads: any number may submit; each blocks while the group's pipe is full, so do not submit from a callback of this
   * client. One pipe per shard group, each with its own lock, stream and sequences; a pipe is made under `this`.
   * Order when a shard moves: what was submitted by an older map goes to the other group's pipe in its order (GroupPipe), and what is
   *   submitted later waits for that. By `settled` no pipe has anything of a shard that is elsewhere, and none takes any more by an
   *   older map. */

  /// How often pipes are looked at for streams that stopped answering.
  private static final Duration TICK = Duration.ofMillis(100);

  private final GroupCall.Ground ground;
  private final ProducerIdentity producer;
  private final Options options;
  private final Tally tally = new Tally();
  private final Map<ShardGroupId, GroupPipe> pipes = new ConcurrentHashMap<>();
  private final AtomicLong handedOver = new AtomicLong();
  private final ScheduledFuture<?> ticker;
  private volatile Epoch settled = Epoch.FIRST;
  private Epoch newest = Epoch.FIRST;

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
      return Futures.noted(submit(transaction, trace), trace.get()::onOutcome);
    } catch (InterruptedException | RuntimeException notTaken) {
      trace.get().failed(notTaken);
      throw notTaken;
    }
  }

  private CompletableFuture<Outcome<WriteAnswer>> submit(
      Transaction transaction, Optional<CallTrace> trace) throws InterruptedException {
    KeyShards shards = KeyShards.of(transaction.namespace(), transaction.keys().toList());
    Optional<NearCache.OwnWrite> noted = Optional.empty();
    while (true) {
      ShardMap map;
      try {
        map = Futures.await(MapWait.within(ground, Deadline.after(options.giveUp())));
      } catch (CallFailed failed) {
        return noting(noted, CompletableFuture.completedFuture(WriteCall.refused(failed)));
      }
      Optional<ShardId> stray = shards.strayFrom(map);
      if (stray.isPresent()) {
        return noting(
            noted,
            CompletableFuture.completedFuture(
                WriteCall.crossGroup(map, shards.first(), stray.get())));
      }
      settle(map, shards);
      if (noted.isEmpty()) {
        noted = ground.nearCache().map(near -> near.writing(transaction));
      }
      Optional<CompletableFuture<Outcome<WriteAnswer>>> taken =
          pipe(map.groupOf(shards.first())).submit(transaction, shards, map, trace);
      if (taken.isPresent()) {
        return noting(noted, taken.get());
      }
    }
  }

  private static CompletableFuture<Outcome<WriteAnswer>> noting(
      Optional<NearCache.OwnWrite> noted, CompletableFuture<Outcome<WriteAnswer>> outcome) {
    return noted.isPresent() ? Futures.noted(outcome, noted.get()::onOutcome) : outcome;
  }

  /// Waits until what was submitted of the shards by older maps has left the pipes of other groups.
  private void settle(ShardMap map, KeyShards shards) throws InterruptedException {
    if (!map.epoch().isNewerThan(settled)) {
      return;
    }
    ShardGroupId owner = map.groupOf(shards.first());
    boolean strays = false;
    for (GroupPipe pipe : pipesUnder(map)) {
      if (pipe.hasStrays(map)) {
        strays = true;
        pipe.awaitNone(shards, owner);
      }
    }
    if (!strays) {
      settleAt(map.epoch());
    }
  }

  /// All pipes; those that are made later take nothing by an older map.
  private synchronized List<GroupPipe> pipesUnder(ShardMap map) {
    newest = newer(newest, map.epoch());
    return List.copyOf(pipes.values());
  }

  private synchronized void settleAt(Epoch epoch) {
    settled = newer(settled, epoch);
  }

  private static Epoch newer(Epoch one, Epoch other) {
    return other.isNewerThan(one) ? other : one;
  }

  private GroupPipe pipe(ShardGroupId group) {
    GroupPipe pipe = pipes.get(group);
    return pipe != null ? pipe : open(group);
  }

  private synchronized GroupPipe open(ShardGroupId group) {
    return pipes.computeIfAbsent(
        group, g -> new GroupPipe(ground, g, producer, options, tally, this::handOver, newest));
  }

  /// A transaction that its group declined goes where the map says.
  private void handOver(PendingRing.Pending declined, ShardMap map) {
    Optional<ShardId> stray = declined.shards.strayFrom(map);
    if (stray.isPresent()) {
      Outcome<WriteAnswer> refused =
          WriteCall.crossGroup(map, declined.shards.first(), stray.get());
      tally.onOutcome(refused);
      declined.future.complete(refused);
    } else {
      handedOver.incrementAndGet();
      pipe(map.groupOf(declined.shards.first())).arrive(declined);
    }
  }

  /// Waits until everything submitted before has its outcome.
  public void flush() throws InterruptedException {
    long before;
    do {
      before = handedOver.get();
      for (GroupPipe pipe : pipes.values()) {
        pipe.awaitEmpty();
      }
    } while (handedOver.get() != before);
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
