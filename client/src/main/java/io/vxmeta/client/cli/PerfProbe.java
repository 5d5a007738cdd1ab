package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.Lifetime;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.client.cli.doctor.Finding;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A short load of a cluster with records of its own, which it deletes: how long writes and reads
/// take from here.
final class PerfProbe {
  /* Threads: the caller's asks, the client's answer.
   * Bounds: AT_ONCE calls are under way, CALLS_MAX are made of each kind, KEYS records are there meanwhile.
   * Each call meets the next key, so that all groups are asked. */

  private static final int AT_ONCE = 16;
  private static final int CALLS_MAX = 100_000;
  private static final int KEYS = 256;
  private static final int VALUE_BYTES = 1_024;

  /// What an interrupted run leaves vanishes by itself.
  private static final Lifetime LIFETIME = new Lifetime.For(Duration.ofHours(1));

  /// A write waits for a sync on a majority; up to here callers hardly notice.
  private static final Duration GOOD = Duration.ofMillis(50);

  /// From here on callers' time-outs come into reach.
  private static final Duration MAX = Duration.ofSeconds(1);

  private final VxClient client;
  private final String namespace;
  private final Duration each;
  private final Bytes value;
  private final String prefix;

  /// @param each how long to write, and then to read
  PerfProbe(VxClient client, String namespace, Duration each, Random random) {
    this.client = client;
    this.namespace = namespace;
    this.each = each;
    this.prefix = "vxctl-check-perf/" + Long.toHexString(random.nextLong()) + "/";
    byte[] bytes = new byte[VALUE_BYTES];
    random.nextBytes(bytes);
    this.value = Bytes.wrap(bytes);
  }

  /// Throws [CallFailed] where the first write, or a deletion, fails: thousands of them would say
  /// no more.
  List<Finding> run() throws InterruptedException {
    client.write(transaction(put(0))).orThrow();
    Calls writes =
        calls(call -> client.writeAsync(transaction(put(call))).thenApply(Outcome::orThrow));
    Calls reads =
        calls(call -> client.readAsync(namespace, List.of(key(call)), ReadOptions.linearizable()));
    List<CompletableFuture<Outcome<WriteAnswer>>> deletions =
        IntStream.range(0, KEYS)
            .mapToObj(key -> client.writeAsync(transaction(new Transaction.Delete(key(key)))))
            .toList();
    deletions.forEach(deletion -> deletion.join().orThrow());
    return List.of(writes.finding("writes"), reads.finding("reads"));
  }

  private Transaction.Mutation put(int call) {
    return new Transaction.Put(key(call), value, 0, LIFETIME);
  }

  private Transaction transaction(Transaction.Mutation mutation) {
    return Transaction.in(namespace).mutate(mutation).build();
  }

  private Bytes key(int call) {
    return Bytes.utf8(prefix + call % KEYS);
  }

  private Calls calls(IntFunction<CompletableFuture<?>> ask) throws InterruptedException {
    Calls calls = new Calls();
    Semaphore room = new Semaphore(AT_ONCE);
    long begun = System.nanoTime();
    int made = 0;
    while (made < CALLS_MAX && System.nanoTime() - begun < each.toNanos()) {
      room.acquire();
      long asked = System.nanoTime();
      CompletableFuture<?> unused =
          ask.apply(made++)
              .whenComplete((answer, problem) -> {
                calls.ended(System.nanoTime() - asked, problem);
                room.release();
              });
    }
    room.acquire(AT_ONCE);
    calls.nanos = System.nanoTime() - begun;
    return calls;
  }

  /// Calls of one kind.
  private static final class Calls {
    private final long[] took = new long[CALLS_MAX];
    private final AtomicReference<String> trouble = new AtomicReference<>("");
    private final AtomicLong failed = new AtomicLong();
    private int answered;
    private long nanos;

    private void ended(long tookNanos, @Nullable Throwable problem) {
      if (problem == null) {
        synchronized (this) {
          took[answered++] = tookNanos;
        }
        return;
      }
      failed.incrementAndGet();
      Throwable cause = problem instanceof CompletionException ? problem.getCause() : problem;
      trouble.set(
          cause instanceof CallFailed known ? Vxctl.withReason(known) : String.valueOf(cause));
    }

    synchronized Finding finding(String check) {
      Arrays.sort(took, 0, answered);
      String fact =
          String.format(
              Locale.ROOT,
              "%.0f a second, p50 %.1f ms, p99 %.1f ms, max %.1f ms of %d, %d at once; failed %d",
              answered * 1e9 / nanos,
              ms(0.5),
              ms(0.99),
              ms(1),
              answered,
              AT_ONCE,
              failed.get());
      if (failed.get() > 0) {
        return new Finding(
            check, Finding.Grade.fail, fact + ": " + trouble.get(), "see vxctl cluster health");
      }
      String remedy = "vxctl check disk on the nodes, and how far away they are: ping";
      if (ms(0.99) <= GOOD.toMillis()) {
        return new Finding(check, Finding.Grade.ok, fact, "");
      }
      return new Finding(
          check,
          ms(0.99) <= MAX.toMillis() ? Finding.Grade.warn : Finding.Grade.fail,
          fact,
          remedy);
    }

    /// Of the fastest part of them.
    private double ms(double part) {
      int at = Math.max(0, (int) Math.ceil(part * answered) - 1);
      return answered == 0 ? 0 : took[at] / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
  }
}
