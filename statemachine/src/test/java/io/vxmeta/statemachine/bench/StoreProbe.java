package io.vxmeta.statemachine.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/// Measures one store in this process.
final class StoreProbe {
  /* Each measurement runs batches of keys chosen beforehand until its time is over: rates come from whole batches, latencies
   * from single calls that are timed alone afterwards, so that reading the clock does not slow the rate down. Every batch
   * checks the sum of the marks it read: a store that returns a wrong value ends the benchmark. */

  /// One in a hundred of these is well above what a single stolen time slice disturbs.
  private static final int LATENCIES_MAX = 100_000;

  /// Part of a measurement's time that single calls may take.
  private static final int LATENCY_PART = 4;

  private final Store store;
  private final long population;
  private final byte[] value = new byte[Records.VALUE_BYTES];
  private final long[] latencies = new long[LATENCIES_MAX];
  private final ChosenKeys batch;
  private long version;

  /// @param operations in `nanos`, keys where a call has many
  /// @param allocatedBytes of the measured thread within `nanos`
  record Figures(long operations, long nanos, long p99Nanos, long allocatedBytes) {}

  StoreProbe(Store store, long population) {
    this.store = store;
    this.population = population;
    batch = new ChosenKeys(population, 1);
  }

  Figures measure(StoreCase what, long millis) {
    return what == StoreCase.MIXED ? mixed(millis) : alone(what, millis);
  }

  private Figures alone(StoreCase what, long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long nanos = 0;
    long allocated = 0;
    long operations = 0;
    do {
      long expected = batch.choose();
      long allocatedBefore = Stopwatch.allocatedBytes();
      long before = Stopwatch.onProcessorNanos();
      long sum = run(what, expected);
      nanos += Stopwatch.onProcessorNanos() - before;
      allocated += Stopwatch.allocatedBytes() - allocatedBefore;
      check(sum, expected);
      operations += ChosenKeys.SIZE;
    } while (System.nanoTime() < end);
    return new Figures(operations, nanos, p99(what, millis), allocated);
  }

  private long run(StoreCase what, long expected) {
    return switch (what) {
      case GET, MIXED -> getAll();
      case MULTIGET64 -> multiGetAll();
      case PUT -> {
        for (int i = 0; i < ChosenKeys.SIZE; i++) {
          put(i);
        }
        yield expected;
      }
    };
  }

  private long getAll() {
    long sum = 0;
    for (byte[] key : batch.keys) {
      sum += store.get(key);
    }
    return sum;
  }

  private long multiGetAll() {
    long sum = 0;
    for (int from = 0; from < ChosenKeys.SIZE; from += StoreCase.KEYS_A_CALL) {
      sum += store.multiGet(batch.keys, from, from + StoreCase.KEYS_A_CALL);
    }
    return sum;
  }

  private void put(int i) {
    Records.value(batch.numbers[i], ++version, value);
    store.put(batch.keys[i], value);
  }

  private static void check(long sum, long expected) {
    if (sum != expected) {
      throw new IllegalStateException("expected the values that were put; the store is broken");
    }
  }

  private long p99(StoreCase what, long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis) / LATENCY_PART;
    int count = 0;
    long unused = 0;
    while (count < LATENCIES_MAX && (count == 0 || System.nanoTime() < end)) {
      long _ = batch.choose();
      int step = what == StoreCase.MULTIGET64 ? StoreCase.KEYS_A_CALL : 1;
      for (int i = 0; i < ChosenKeys.SIZE && count < LATENCIES_MAX; i += step) {
        long before = System.nanoTime();
        unused += call(what, i);
        latencies[count++] = System.nanoTime() - before;
      }
    }
    if (unused == 1) {
      System.err.println("one in 2^64: the sum of the marks is used");
    }
    Arrays.sort(latencies, 0, count);
    return latencies[(int) (count * 99L / 100)];
  }

  private long call(StoreCase what, int i) {
    return switch (what) {
      case GET, MIXED -> store.get(batch.keys[i]);
      case MULTIGET64 -> store.multiGet(batch.keys, i, i + StoreCase.KEYS_A_CALL);
      case PUT -> {
        put(i);
        yield 0;
      }
    };
  }

  private Figures mixed(long millis) {
    try (PacedWriter writer = PacedWriter.start(store, population)) {
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
      long nanos = 0;
      long gets = 0;
      long allocated = 0;
      long puts = writer.done();
      do {
        long expected = batch.choose();
        long allocatedBefore = Stopwatch.allocatedBytes();
        long before = Stopwatch.onProcessorNanos();
        long sum = 0;
        for (int i = 0; i < ChosenKeys.SIZE; i++) {
          if ((i & 63) == 0) {
            writer.allow(64.0 / StoreCase.GETS_A_PUT);
          }
          sum += store.get(batch.keys[i]);
        }
        writer.awaitAllowed();
        nanos += Stopwatch.onProcessorNanos() - before;
        allocated += Stopwatch.allocatedBytes() - allocatedBefore;
        check(sum, expected);
        gets += ChosenKeys.SIZE;
      } while (System.nanoTime() < end);
      puts = writer.done() - puts;
      return new Figures(gets + puts, nanos, mixedP99(writer, millis), allocated);
    }
  }

  private long mixedP99(PacedWriter writer, long millis) {
    writer.allowAlways();
    return p99(StoreCase.GET, millis);
  }
}
