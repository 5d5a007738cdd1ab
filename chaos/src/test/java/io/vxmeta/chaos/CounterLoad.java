package io.vxmeta.chaos;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

/// Writers that each own a key and raise its number, and a reader that sees to it that no number
/// goes back.
public final class CounterLoad implements AutoCloseable {
  /* Threads: a virtual thread for each key, one for the reader.
   * Invariant checked: a linearizable read of a key returns a number that is at least the one acknowledged before the read
   *   began, and at most the one attempted before it ended. */

  private static final String NAMESPACE = "default";
  private static final Duration DEADLINE = Duration.ofMinutes(1);

  /// All writers together, at most: the machine has to have something left for nodes that start
  /// meanwhile and have a log to catch up with.
  private static final int WRITES_PER_SECOND = 150;

  private static final long READ_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final VxClient client;
  private final List<Bytes> keys;
  private final AtomicLongArray acknowledged;
  private final AtomicLongArray attempted;
  private final List<Thread> threads = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private long total;
  private long reads;
  private volatile boolean ended;
  private volatile String violation = "";

  public CounterLoad(VxClient client, int keys) {
    this.client = client;
    this.keys = IntStream.range(0, keys).mapToObj(i -> Bytes.utf8("counter/" + i)).toList();
    this.acknowledged = new AtomicLongArray(keys);
    this.attempted = new AtomicLongArray(keys);
  }

  public CounterLoad start() {
    for (int i = 0; i < keys.size(); i++) {
      int key = i;
      threads.add(Thread.ofVirtual().name("writer-" + key).start(() -> write(key)));
    }
    threads.add(Thread.ofVirtual().name("reader").start(this::read));
    return this;
  }

  private void write(int key) {
    while (!ended) {
      long number = attempted.incrementAndGet(key);
      Outcome<WriteAnswer> outcome =
          client.write(Transaction.put(NAMESPACE, keys.get(key), Bytes.number(number)), DEADLINE);
      if (outcome instanceof Outcome.Done<WriteAnswer>) {
        acknowledged.set(key, number);
        count(1, 0);
      }
      LockSupport.parkNanos(keys.size() * TimeUnit.SECONDS.toNanos(1) / WRITES_PER_SECOND);
    }
  }

  private void read() {
    while (!ended) {
      try {
        check(ReadOptions.linearizable().within(DEADLINE));
        count(0, 1);
      } catch (CallFailed allowed) {
        // A read may be refused; it may not be wrong.
      }
      LockSupport.parkNanos(READ_EVERY_NANOS);
    }
  }

  /// Reads every key and notes what breaks the invariant.
  public void check(ReadOptions options) {
    long[] atLeast = snapshot(acknowledged);
    List<Optional<StoredRecord>> found = client.read(NAMESPACE, keys, options).records();
    long[] atMost = snapshot(attempted);
    for (int key = 0; key < keys.size(); key++) {
      long number = found.get(key).map(CounterLoad::number).orElse(0L);
      if (number < atLeast[key] || number > atMost[key]) {
        violation =
            "key=%s read=%d acknowledged_before=%d attempted=%d"
                .formatted(keys.get(key), number, atLeast[key], atMost[key]);
      }
    }
  }

  private static long[] snapshot(AtomicLongArray numbers) {
    return IntStream.range(0, numbers.length()).mapToLong(numbers::get).toArray();
  }

  private static long number(StoredRecord stored) {
    return java.nio.ByteBuffer.wrap(stored.value().toArray()).getLong();
  }

  private void count(int writes, int answers) {
    lock.lock();
    try {
      total += writes;
      reads += answers;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until so many more writes have been acknowledged and so many more reads answered.
  public void awaitProgress(int writes, int answers, Duration timeout) throws InterruptedException {
    lock.lock();
    try {
      long writesWanted = total + writes;
      long readsWanted = reads + answers;
      long left = timeout.toNanos();
      while (total < writesWanted || reads < readsWanted) {
        if (left <= 0) {
          throw new AssertionError(
              "no progress: writes=%d of %d, reads=%d of %d within %s"
                  .formatted(total, writesWanted, reads, readsWanted, timeout));
        }
        left = moved.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /// What broke the invariant; empty when nothing did.
  public String violation() {
    return violation;
  }

  /// Ends writers and reader after the calls under way.
  @Override
  public void close() {
    ended = true;
    for (Thread thread : threads) {
      try {
        if (!thread.join(DEADLINE.multipliedBy(2))) {
          throw new AssertionError("a call outlived its deadline twice over: " + thread.getName());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
