package io.vxmeta.chaos.bench;

import io.vxmeta.chaos.bench.contest.Loop;
import io.vxmeta.chaos.bench.contest.OpenLoop;
import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/// What a shard's move of 256 MiB to another group costs those who read and write meanwhile.
final class ShardMoveCase {
  /* Three node processes and a client on one machine, three data groups, leads that stay. The shard moves there and back.
   * The load is an open loop at a fixed rate over keys of all shards, half puts, half linearizable reads of one key; its 99th
   *   percentile while the shard moves (from the order until nothing is left to do) is compared with that of the same time right
   *   before. One more client writes one key of the shard that moves without a pause: its gap is the longest time between two
   *   acknowledged writes during the move, so it holds what it takes the client to learn of the new group. */

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String NAMESPACE = LoneWriter.NAMESPACE;

  static final int RECORDS = 4_096;
  static final int VALUE_BYTES = 64 << 10;

  private static final int LOAD_KEYS = 10_000;

  private static final Duration BEFORE = Duration.ofSeconds(20);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  /// Not counted: code, connections and tables are cold.
  private static final int WARM_UP_MOVES = 2;

  private static final ShardGroupId HERE = new ShardGroupId(1);
  private static final ShardGroupId THERE = new ShardGroupId(2);

  /// What came of all moves.
  ///
  /// @param gaps of the shard's writer, one a move
  /// @param p99Ratios during by before, one a move, ascending
  /// @param seconds of each move, ascending
  record Moves(HandOverCase.Gaps gaps, List<Double> p99Ratios, List<Double> seconds) {
    Moves {
      p99Ratios = p99Ratios.stream().sorted().toList();
      seconds = seconds.stream().sorted().toList();
    }

    /// Between the two in the middle if there are two.
    static double median(List<Double> sorted) {
      int size = sorted.size();
      return (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
    }
  }

  private final VxClient client;
  private final Bytes tag;
  private final ShardId shard;

  private ShardMoveCase(VxClient client) {
    this.client = client;
    ShardMap map = client.admin().shardMap();
    this.tag =
        IntStream.range(0, 100_000)
            .mapToObj(number -> Bytes.utf8("{" + number + "}"))
            .filter(text -> map.groupOf(ShardHash.shardOf(NAMESPACE, text.toArray())).equals(HERE))
            .findFirst()
            .orElseThrow();
    this.shard = ShardHash.shardOf(NAMESPACE, tag.toArray());
  }

  static Moves run(int moves, int callsPerSecond) throws Exception {
    Path folder = Files.createTempDirectory("vx-bench-placement");
    try (ProcessCluster cluster =
            ProcessCluster.start(
                ClusterPlan.small("placement", folder)
                    .with(ClusterPlan.Leads.STAY)
                    .withSlowFlush(Duration.ZERO)
                    .withJvmOptions(ClusterPlan.FAST_JVM));
        VxClient client =
            VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE));
        VxClient writes =
            VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE))) {
      new ClusterView(client).awaitLeaders(PATIENCE);
      return new ShardMoveCase(client).measure(writes, moves, callsPerSecond);
    } finally {
      HandOverCase.delete(folder);
    }
  }

  private Bytes key(String name) {
    return Bytes.utf8(tag.toUtf8() + name);
  }

  private Moves measure(VxClient writes, int moves, int callsPerSecond)
      throws InterruptedException {
    fill();
    List<Double> gaps = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    OpenLoop load = new OpenLoop(callsPerSecond, this::call);
    long failed = 0;
    try (LoneWriter writer = new LoneWriter(writes, key("writer"), PATIENCE).begin()) {
      for (int move = -WARM_UP_MOVES; move < moves; move++) {
        writer.forget(move == 0);
        Loop.Counts before = load.run(BEFORE);
        double gapBefore = writer.longestMs();
        writer.forget(false);
        long begun = System.nanoTime();
        Loop.Counts during = moveUnder(load, (move & 1) == 0 ? THERE : HERE);
        double took = (System.nanoTime() - begun) / 1e9;
        double ratio =
            (double) during.latencies().getValueAtPercentile(99)
                / before.latencies().getValueAtPercentile(99);
        System.err.printf(
            "move %d of %d: seconds=%.1f gap_ms=%.1f (before %.1f) p99_us=%d (before %d) failed_calls=%d%n",
            Math.max(0, move + 1),
            moves,
            took,
            writer.longestMs(),
            gapBefore,
            during.latencies().getValueAtPercentile(99),
            before.latencies().getValueAtPercentile(99),
            before.failures() + during.failures());
        if (move >= 0) {
          gaps.add(writer.longestMs());
          ratios.add(ratio);
          seconds.add(took);
          failed += before.failures() + during.failures();
        }
      }
      failed += writer.failed();
    }
    return new Moves(new HandOverCase.Gaps(gaps, failed), ratios, seconds);
  }

  private void fill() throws InterruptedException {
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      for (int number = 0; number < RECORDS; number++) {
        byte[] value = new byte[VALUE_BYTES];
        new SplittableRandom(number).nextBytes(value);
        var _ =
            writer.submit(Transaction.put(NAMESPACE, key("record/" + number), Bytes.wrap(value)));
      }
      for (int number = 0; number < LOAD_KEYS; number++) {
        var _ = writer.submit(put(number));
      }
      writer.flush();
      if (writer.progress().acknowledged() != RECORDS + LOAD_KEYS) {
        throw new IllegalStateException(
            "expected all records to be stored; progress=" + writer.progress());
      }
    }
  }

  private static Bytes loadKey(int number) {
    return Bytes.utf8("load/" + number);
  }

  private static Transaction put(int number) {
    return Transaction.put(NAMESPACE, loadKey(number), Bytes.number(number));
  }

  private CompletableFuture<Long> call() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int number = random.nextInt(LOAD_KEYS);
    return random.nextBoolean()
        ? client.writeAsync(put(number)).thenApply(outcome -> outcome.orThrow().applied() ? 1L : 0L)
        : client
            .readAsync(NAMESPACE, List.of(loadKey(number)), ReadOptions.linearizable())
            .thenApply(answer -> (long) answer.records().size());
  }

  /// Orders the move and returns, with what the load met meanwhile, when nothing of it is left to
  /// do.
  private Loop.Counts moveUnder(OpenLoop load, ShardGroupId to) throws InterruptedException {
    AtomicBoolean moving = new AtomicBoolean(true);
    Thread mover =
        Thread.ofVirtual()
            .start(() -> {
              try {
                move(to);
              } finally {
                moving.set(false);
              }
            });
    Loop.Counts counts = load.runWhile(moving::get);
    mover.join();
    if (!client.admin().askShardMap().groupOf(shard).equals(to)) {
      throw new IllegalStateException(
          "expected the shard to have moved; shard=" + shard + " to=" + to);
    }
    return counts;
  }

  private void move(ShardGroupId to) {
    var _ = client.admin().moveShard(shard, to);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!client.admin().shardMoves().isEmpty() && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(LOOK_EVERY.toNanos());
    }
  }
}
