package io.vxmeta.chaos.run;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Writes to every group all the time, one after the other, so that every moment without an
/// acknowledgement is seen.
final class Canary implements AutoCloseable {
  /* Threads: one virtual thread a group writes and alone appends to its gaps; readers copy under the lock.
   * A gap is the time between two acknowledgements in a row, and the one since the last. Gaps shorter than GAP_MIN are
   * forgotten, which bounds the memory. */

  static final String NAMESPACE = "default";

  /// Between two writes of one group.
  private static final Duration PAUSE = Duration.ofMillis(20);

  /// What is shorter is no gap but the pace of the canary on a busy machine.
  private static final Duration GAP_MIN = Duration.ofMillis(100);

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int KEYS_TRIED_MAX = 100_000;

  /// The last acknowledgement before a fault may lie so long before it.
  private static final Duration BEFORE = Duration.ofMillis(300);

  /// Times are of [System#nanoTime].
  record Gap(long from, long to) {
    /// Its length if it began in that time; one that began earlier has an earlier cause.
    long millisBegunIn(long start, long end) {
      boolean begun = from > start - BEFORE.toNanos() && from < end;
      return begun ? TimeUnit.NANOSECONDS.toMillis(to - from) : 0;
    }

    /// How much of it lies in that time.
    long nanosWithin(long start, long end) {
      return Math.max(0, Math.min(to, end) - Math.max(from, start));
    }
  }

  private static final class Watch {
    final ShardGroupId group;
    final Bytes key;
    private long lastAcknowledged = System.nanoTime();
    private final List<Gap> gaps = new ArrayList<>();

    Watch(ShardGroupId group, Bytes key) {
      this.group = group;
      this.key = key;
    }

    synchronized void acknowledged() {
      long now = System.nanoTime();
      if (now - lastAcknowledged >= GAP_MIN.toNanos()) {
        gaps.add(new Gap(lastAcknowledged, now));
      }
      lastAcknowledged = now;
    }

    synchronized long lastAcknowledged() {
      return lastAcknowledged;
    }

    synchronized List<Gap> gaps() {
      List<Gap> all = new ArrayList<>(gaps);
      all.add(new Gap(lastAcknowledged, System.nanoTime()));
      return all;
    }
  }

  /// How it writes; as [VxClient#write(Transaction, Duration)].
  interface Voice {
    Outcome<WriteAnswer> write(Transaction transaction, Duration deadline);
  }

  private final Voice voice;
  private final Runnable onClose;
  private final Consumer<RuntimeException> onBug;
  private final List<Watch> watches = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean ended;

  /// The client is closed with the canary.
  ///
  /// @param onBug hears why a group is no longer written to, should a call break instead of ending
  Canary(VxClient client, Consumer<RuntimeException> onBug) {
    this(client.shardMap(), client::write, client::close, onBug);
  }

  Canary(ShardMap map, Voice voice, Runnable onClose, Consumer<RuntimeException> onBug) {
    this.voice = voice;
    this.onClose = onClose;
    this.onBug = onBug;
    keys(map).forEach((group, key) -> watches.add(new Watch(group, key)));
  }

  Canary start() {
    watches.forEach(watch ->
        threads.add(Thread.ofVirtual().name("canary-" + watch.group).start(() -> sing(watch))));
    return this;
  }

  /// A key of every data group.
  private static Map<ShardGroupId, Bytes> keys(ShardMap map) {
    Map<ShardGroupId, Bytes> keys = new LinkedHashMap<>();
    int groups = map.dataGroups().size();
    IntStream.range(0, KEYS_TRIED_MAX)
        .takeWhile(_ -> keys.size() < groups)
        .mapToObj(number -> Bytes.utf8("canary/" + number))
        .forEach(
            key -> keys.putIfAbsent(map.groupOf(ShardHash.shardOf(NAMESPACE, key.toArray())), key));
    return keys;
  }

  private void sing(Watch watch) {
    try {
      singUntilEnded(watch);
    } catch (RuntimeException bug) {
      onBug.accept(bug);
    }
  }

  private void singUntilEnded(Watch watch) {
    for (long number = 0; !ended; number++) {
      Outcome<WriteAnswer> outcome =
          voice.write(Transaction.put(NAMESPACE, watch.key, Bytes.number(number)), DEADLINE);
      if (outcome instanceof Outcome.Done<WriteAnswer>) {
        watch.acknowledged();
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /// The longest any group went without an acknowledgement in a gap that began in that time.
  long longestGapMillis(long start, long end) {
    return watches.stream()
        .flatMap(watch -> watch.gaps().stream())
        .mapToLong(gap -> gap.millisBegunIn(start, end))
        .max()
        .orElse(0);
  }

  /// Whether some group has acknowledged nothing since then.
  boolean anySilentSince(long nanos) {
    return watches.stream().anyMatch(watch -> watch.lastAcknowledged() - nanos < 0);
  }

  /// The longest time in there that each group went without an acknowledgement.
  Map<ShardGroupId, Duration> silences(long start, long end) {
    Map<ShardGroupId, Duration> longest = new LinkedHashMap<>();
    for (Watch watch : watches) {
      long nanos =
          watch.gaps().stream().mapToLong(gap -> gap.nanosWithin(start, end)).max().orElse(0);
      longest.put(watch.group, Duration.ofNanos(nanos));
    }
    return longest;
  }

  /// Ends after the writes under way; an interrupt cuts them short.
  @Override
  public void close() {
    ended = true;
    try {
      for (Thread thread : threads) {
        if (!thread.join(DEADLINE.multipliedBy(2))) {
          onBug.accept(
              new IllegalStateException(
                  "a write outlived its deadline twice over: thread=" + thread.getName()));
        }
      }
    } catch (InterruptedException cutShort) {
      Thread.currentThread().interrupt();
    } finally {
      onClose.run();
    }
  }
}
