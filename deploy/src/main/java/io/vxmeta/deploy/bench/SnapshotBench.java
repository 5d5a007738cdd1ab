package io.vxmeta.deploy.bench;

import io.vxmeta.raft.SnapshotPace;
import io.vxmeta.statemachine.AnswerSink;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.snapshot.IncomingSnapshot;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotCut;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.snapshot.SnapshotWriter;
import io.vxmeta.statemachine.snapshot.WrittenSnapshot;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.HdrHistogram.Histogram;

/// Takes snapshots of one group while entries are applied at a steady rate, as the apply thread of
/// a node does.
final class SnapshotBench {
  /* Level: group state, snapshot writer and store, without Raft and network: their noise would hide what a snapshot costs.
   * Writes are an open loop: an entry is due every ENTRY_EVERY_NANOS and its latency counts from when it was due, so a
   *   stall shows in all that it held up. They go to keys that lie in a fifth of the segments.
   * Threads: the caller's applies and cuts; one writes snapshots, at the pace of a node's; one looks at the memory meanwhile.
   */
  private static final int SHARDS = 4;
  private static final int VALUE_BYTES = 100;
  private static final int RECORD_BYTES = 136;
  private static final int LOAD_BATCH = 1_000;
  private static final int ENTRY_PUTS = 20;
  private static final long ENTRY_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final double DIRTY = 0.20;
  private static final double DIRTY_FEW = 0.01;
  private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long PACE_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);
  private static final int CHUNK_BYTES = 256 << 10;
  private static final long SAMPLE_MS = 20;
  private static final double MIB = 1 << 20;
  private static final double GIB = 1 << 30;

  private final Path directory;
  private final int records;
  private final int seconds;
  private final int snapshots;
  private final Random random = new Random(1);
  private final BatchWriter batch = new BatchWriter();
  private final TransactionEncoder encoder = new TransactionEncoder();
  private final byte[] value = new byte[VALUE_BYTES];
  private final byte[] key = new byte[Long.BYTES * 2];
  private long index;

  SnapshotBench(Path directory, long bytes, int seconds, int snapshots) {
    this.directory = directory;
    this.records = Math.toIntExact(bytes / RECORD_BYTES);
    this.seconds = seconds;
    this.snapshots = snapshots;
  }

  /// What was measured; ratios as in docs/benchmarks.md.
  ///
  /// @param stalledMs by which entries became late during snapshots, a millisecond and more at a
  ///   time
  /// @param waitedMs of these, what the thread waited for a processor; NaN if nobody tells
  record Result(
      double stallP999Us,
      double stallMaxUs,
      double copyMibPerS,
      double writeP99Ratio,
      double extraMemoryRatio,
      double secondBytesRatio,
      double restartSPerGib,
      double installMibPerS,
      double stalledMs,
      double waitedMs) {
    String json() {
      return format(
          "{\"bench\":\"snapshot\",\"apply_stall_p999_us\":%.0f,\"apply_stall_max_us\":%.0f,"
              + "\"copy_mb_per_s\":%.1f,\"write_p99_ratio\":%.3f,\"extra_memory_ratio\":%.4f,"
              + "\"second_snapshot_bytes_ratio\":%.4f,\"restart_s_per_gib\":%.2f,"
              + "\"install_mb_per_s\":%.1f}");
    }

    String text() {
      return format(
          "apply during snapshots p99.9 %.0f us, longest %.0f us; copied at %.1f MiB/s; write p99 with / without %.3f;"
              + " extra memory %.4f; second snapshot writes %.4f of the first; restart %.2f s per GiB; install %.1f MiB/s;"
              + " stalls of 1 ms and more %.0f ms in all, of these waiting for a processor %.0f ms");
    }

    private String format(String pattern) {
      return String.format(
          Locale.ROOT,
          pattern,
          stallP999Us,
          stallMaxUs,
          copyMibPerS,
          writeP99Ratio,
          extraMemoryRatio,
          secondBytesRatio,
          restartSPerGib,
          installMibPerS,
          stalledMs,
          waitedMs);
    }
  }

  Result run() throws IOException, InterruptedException, ExecutionException {
    SnapshotStore store = store("snapshots");
    ExecutorService background =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
    ScheduledExecutorService sampler =
        Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
    try (RunDelay runDelay = RunDelay.ofThisThread();
        GroupState state = GroupState.create(config("live"))) {
      fill(state);
      long liveBytes = state.usage().liveBytes();
      SnapshotWriter writer =
          SnapshotWriter.paced(store, Optional.empty(), SnapshotPace.ofSystem());
      long begun = System.nanoTime();
      WrittenSnapshot first = writer.write(state.cut(1));
      double copyMibPerS = first.copiedBytes() / MIB / secondsSince(begun);

      int[] hot = keysIn(state, DIRTY);
      Pace without = new Pace();
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      pace(state, hot, without, runDelay, () -> System.nanoTime() - until >= 0);

      Pace during = new Pace();
      long memoryBefore = anonymousBytes();
      AtomicLong memoryMost = new AtomicLong(memoryBefore);
      ScheduledFuture<?> sampling =
          sampler.scheduleAtFixedRate(
              () -> memoryMost.accumulateAndGet(anonymousBytes(), Math::max),
              0,
              SAMPLE_MS,
              TimeUnit.MILLISECONDS);
      for (int i = 0; i < snapshots; i++) {
        long cutAt = System.nanoTime();
        SnapshotCut cut = state.cut(1);
        during.applied.recordValue(System.nanoTime() - cutAt);
        CompletableFuture<WrittenSnapshot> written =
            CompletableFuture.supplyAsync(() -> written(writer, cut), background);
        pace(state, hot, during, runDelay, written::isDone);
        var _ = written.get();
      }
      if (sampling.isDone()) {
        var _ = sampling.get(); // It ends by itself only when it failed.
      }
      sampler.shutdown();

      var _ = writer.write(state.cut(1));
      dirty(state, DIRTY_FEW);
      long secondBytes = writer.write(state.cut(1)).copiedBytes();
      double restart = restartSeconds(store) * GIB / liveBytes;
      return new Result(
          during.applied.getValueAtPercentile(99.9) / 1e3,
          during.applied.getMaxValue() / 1e3,
          copyMibPerS,
          during.answered.getValueAtPercentile(99)
              / (double) without.answered.getValueAtPercentile(99),
          (memoryMost.get() - memoryBefore) / (double) liveBytes,
          secondBytes / (double) first.copiedBytes(),
          restart,
          installMibPerS(store),
          during.stalledNanos / 1e6,
          runDelay.isTold() ? during.waitedNanos / 1e6 : Double.NaN);
    } finally {
      background.shutdownNow();
      sampler.shutdownNow();
    }
  }

  private static WrittenSnapshot written(SnapshotWriter writer, SnapshotCut cut) {
    try {
      return writer.write(cut);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SnapshotStore store(String name) throws IOException {
    return SnapshotStore.open(directory.resolve(name), new SnapshotOwner("bench", 1));
  }

  private GroupStateConfig config(String name) {
    return new GroupStateConfig(
        directory.resolve(name),
        1,
        List.of(0, 1, 2, 3),
        TableConfig.defaults(),
        ProducerLimits.defaults(),
        LiveMemory.of(LiveMemoryConfig.defaults().withLock(LiveMemoryConfig.Lock.OFF)));
  }

  // ---- writes

  private void fill(GroupState state) throws IOException {
    for (int from = 0; from < records; from += LOAD_BATCH) {
      int[] keys = new int[Math.min(LOAD_BATCH, records - from)];
      for (int i = 0; i < keys.length; i++) {
        keys[i] = from + i;
      }
      apply(state, keys);
    }
  }

  private void apply(GroupState state, int[] keys) throws IOException {
    byte[] entry = entry(keys);
    state.apply(entry, 0, entry.length, ++index, AnswerSink.NONE);
  }

  private byte[] entry(int... keys) {
    encoder.beginAnonymous(1);
    for (int each : keys) {
      ByteBuffer.wrap(key).putLong(0, each).putLong(Long.BYTES, ~(long) each);
      random.nextBytes(value);
      encoder.put(each % SHARDS, Slice.of(key.clone()), Slice.of(value.clone()), 0);
    }
    if (!batch.append(encoder.end())) {
      throw new IllegalStateException("expected an entry to fit into a batch");
    }
    return batch.seal(index);
  }

  /// Writes single keys until so much of the segments is dirty.
  private void dirty(GroupState state, double ratio) throws IOException {
    var _ = keysIn(state, ratio);
  }

  private int[] keysIn(GroupState state, double ratio) throws IOException {
    int[] keys = new int[1_024];
    int count = 0;
    while (state.usage().dirtyRatio() < ratio && count < records) {
      if (count == keys.length) {
        keys = Arrays.copyOf(keys, 2 * count);
      }
      keys[count] = random.nextInt(records);
      apply(state, new int[] {keys[count]});
      count++;
    }
    return Arrays.copyOf(keys, Math.max(1, count));
  }

  /// Nanoseconds from when an entry was due, and those that its application took.
  private static final class Pace {
    final Histogram answered = new Histogram(PACE_NANOS_MAX, 3);
    final Histogram applied = new Histogram(PACE_NANOS_MAX, 3);

    /// By which entries became later than the one before, a millisecond and more at a time.
    long stalledNanos;

    /// Of these, what the thread waited for a processor.
    long waitedNanos;

    private long lastLate;

    void answered(long late, long waited) {
      answered.recordValue(Math.min(late, PACE_NANOS_MAX));
      long stalled = late - lastLate;
      lastLate = late;
      if (stalled >= STALL_NANOS) {
        stalledNanos += stalled;
        waitedNanos += Math.min(waited, stalled);
      }
    }
  }

  private void pace(
      GroupState state,
      int[] hot,
      Pace into,
      RunDelay runDelay,
      java.util.function.BooleanSupplier done)
      throws IOException {
    long due = System.nanoTime();
    long waited = runDelay.nanos();
    int[] keys = new int[ENTRY_PUTS];
    while (!done.getAsBoolean()) {
      for (int i = 0; i < keys.length; i++) {
        keys[i] = hot[random.nextInt(hot.length)];
      }
      byte[] entry = entry(keys);
      due += ENTRY_EVERY_NANOS;
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      long begun = System.nanoTime();
      state.apply(entry, 0, entry.length, ++index, AnswerSink.NONE);
      long ended = System.nanoTime();
      into.applied.recordValue(Math.min(ended - begun, PACE_NANOS_MAX));
      long waitedBefore = waited;
      waited = runDelay.nanos();
      into.answered(ended - due, waited - waitedBefore);
    }
  }

  // ---- afterwards

  private double restartSeconds(SnapshotStore store) throws IOException {
    long begun = System.nanoTime();
    Snapshot newest = store.newestValid().valid().orElseThrow();
    GroupState.restore(config("restarted"), newest).close();
    return secondsSince(begun);
  }

  private double installMibPerS(SnapshotStore from) throws IOException {
    Snapshot newest = from.newestValid().valid().orElseThrow();
    long begun = System.nanoTime();
    CRC32C crc = new CRC32C();
    try (IncomingSnapshot incoming = store("installed").receive()) {
      for (String name : newest.transferOrder()) {
        byte[] bytes = Files.readAllBytes(newest.file(name));
        int offset = 0;
        do {
          byte[] chunk =
              Arrays.copyOfRange(bytes, offset, Math.min(offset + CHUNK_BYTES, bytes.length));
          crc.reset();
          crc.update(chunk);
          incoming.chunk(name, offset, bytes.length, (int) crc.getValue(), chunk);
          offset += chunk.length;
        } while (offset < bytes.length);
      }
      var _ = incoming.publish();
    }
    return newest.manifest().bytes() / MIB / secondsSince(begun);
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  /// Memory of this process that is no file's; 0 where the system does not tell.
  private static long anonymousBytes() {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return 0;
    }
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("RssAnon:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return 0;
  }
}
