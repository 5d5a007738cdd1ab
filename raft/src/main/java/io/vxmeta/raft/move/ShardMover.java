package io.vxmeta.raft.move;

import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.ShardOrders;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMove;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// On the root group's leader: moves shards from group to group, a few at a time.
public final class ShardMover implements AutoCloseable {
  /* Threads: `look` on the sweeper; a virtual thread for each move that is under way, because what it does is waiting.
   * It keeps nothing that a move needs: whoever leads the root group next goes on (ShardMove#due). What it knows beside is which
   *   attempts this node numbered itself: it alone makes their copies, so that no two make one under the same numbers.
   * Load: MOVES_AT_ONCE copies, one part of each in flight, all together `bytesPerSecond`. Only copies wait for each other, in the order
   *   of their numbers: what was given, or called off, is ended at once, whatever else is copied.
   * Attempts that follow another are numbered one after the other, though by many threads: they all compare one counter, and whoever takes
   *   over has every move to number.
   */
  public static final long LOOK_MS = 100;

  private static final int MOVES_AT_ONCE = 2;

  private static final Logger LOG = LoggerFactory.getLogger(ShardMover.class);

  /// What the moves need of this node.
  ///
  /// @param replicas of this node, a live view
  /// @param groups asks whichever node leads
  public record Parts(
      ClusterView cluster,
      RootWriter rootWriter,
      ReadGate gate,
      Map<ShardGroupId, ? extends Replica> replicas,
      ShardGroups groups,
      LongSupplier nanoClock) {}

  /// How far a move is.
  ///
  /// @param step what is being done, or was tried last and why it failed
  /// @param parts of the copy that the target has
  public record Progress(String step, long parts, long bytes) {
    static final Progress NONE = new Progress("", 0, 0);
  }

  private final Parts parts;
  private final ShardOrders orders;
  private final long bytesPerSecond;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("vx-shard-move-", 0).factory());
  private final Map<ShardId, ShardJourney> underWay = new ConcurrentHashMap<>();
  private final ShardAttempts attempts = new ShardAttempts();
  private final Map<ShardId, Progress> progress = new ConcurrentHashMap<>();

  private final ReentrantLock numbers = new ReentrantLock(true);
  private final Semaphore copies = new Semaphore(MOVES_AT_ONCE, true);
  private long freeAtNanos;

  public ShardMover(Parts parts, long bytesPerSecond) {
    this.parts = parts;
    this.orders = new ShardOrders(parts.rootWriter());
    this.bytesPerSecond = bytesPerSecond;
    this.freeAtNanos = parts.nanoClock().getAsLong();
  }

  /// Goes on with the moves that are due, if this node leads the root group. Called once in
  /// LOOK_MS.
  public void look() {
    Map<ShardId, ShardMove> ordered = parts.cluster().shardMoves();
    progress.keySet().removeIf(shard -> !ordered.containsKey(shard));
    attempts.keepOnly(ordered.keySet());
    if (ordered.isEmpty() || !parts.rootWriter().leads()) {
      return;
    }
    ordered.values().stream()
        .filter(move -> !underWay.containsKey(move.shard()))
        .sorted(Comparator.comparingLong(ShardMove::attempt))
        .forEach(move -> begin(move.shard()));
  }

  private void begin(ShardId shard) {
    ShardJourney journey = new ShardJourney(parts, orders, this, shard);
    underWay.put(shard, journey);
    try {
      threads.execute(() -> run(journey, shard));
    } catch (RejectedExecutionException closed) {
      // Whoever leads the root group next goes on.
      underWay.remove(shard);
    }
  }

  private void run(ShardJourney journey, ShardId shard) {
    try {
      journey.run();
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException bug) {
      LOG.error("moving a shard failed, and is tried again: shard={}", shard, bug);
    } finally {
      underWay.remove(shard);
    }
  }

  /// This node gave the first attempt of a move its number, so nobody else makes its copy.
  public void onOrdered(ShardMove move) {
    attempts.onOrdered(move);
  }

  ShardAttempts attempts() {
    return attempts;
  }

  /// Held by who reads the last attempt's number and writes the next.
  Lock numbers() {
    return numbers;
  }

  /// Waits until another copy may be made.
  void takeTurn() throws InterruptedException {
    copies.acquire();
  }

  void endTurn() {
    copies.release();
  }

  /// Waits before another attempt, the longer the more have failed.
  void pauseBeforeAttempt(ShardId shard) throws InterruptedException {
    Thread.sleep(attempts.pause(shard));
  }

  void report(ShardId shard, Progress now) {
    progress.put(shard, now);
  }

  /// How far the moves are that this node goes on with.
  public Map<ShardId, Progress> report() {
    return new HashMap<>(progress);
  }

  /// Waits until a part may go, so that all moves together keep to the pace.
  void pace(int bytes) throws InterruptedException {
    long delay;
    synchronized (this) {
      long now = parts.nanoClock().getAsLong();
      long begin = Math.max(freeAtNanos, now);
      freeAtNanos = begin + Math.multiplyExact(TimeUnit.SECONDS.toNanos(1), bytes) / bytesPerSecond;
      delay = begin - now;
    }
    TimeUnit.NANOSECONDS.sleep(delay);
  }

  /// What is under way is left where it is.
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
