package io.vxmeta.raft;

import io.grpc.StatusRuntimeException;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.GetShardMapRequest;
import io.vxmeta.raft.ratis.LogFiles;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A replica whose log was dropped and replaced by a snapshot is taken up by a leader that
/// remembers another log.
final class LogRepairTest {
  /* The leaders keep their whole logs, so they go on with entries instead of a snapshot of their own, at an index that the repaired
   *   replica has in its snapshot only. Writes go on meanwhile, and the replica is down until its leader has met errors enough for
   *   its longer pauses (RatisSettings).
   */
  private static final String KEY = "feature/1";
  private static final int VALUE_BYTES = 300;
  private static final int ROUNDS = Boolean.getBoolean("vx.long") ? 36 : 4;
  private static final int MORE_WRITES = 3;
  private static final int WRITES_WHILE_DOWN = 30;

  /// Of a file's header, which no record can be read without.
  private static final int IN_HEADER = 3;

  @TempDir private Path directory;
  private final long seed = Long.getLong("vx.seed", System.nanoTime() & 0xffff);
  private final Random random = new Random(seed);

  @Test
  void aFollowerThatLostItsLogIsTakenUpAgainWhileWritesGoOn() throws IOException {
    try (TestCluster cluster = TestCluster.ofThreeThatKeepTheirLogs(directory);
        Writes writes = new Writes(cluster)) {
      cluster.awaitReady();
      int group =
          ClusterAdminGrpc.newBlockingStub(cluster.channel(cluster.nodes().getFirst()))
              .getShardMap(GetShardMapRequest.getDefaultInstance())
              .getGroupOfShard(Calls.shardOf(KEY).value());
      for (int round = 1; round <= ROUNDS; round++) {
        writes.awaitMore(WRITES_WHILE_DOWN);
        NodeId victim = cluster.nodes().get(random.nextInt(cluster.nodes().size()));
        cluster.stop(victim);
        damage(victim, group);
        writes.awaitMore(WRITES_WHILE_DOWN);
        cluster.start(victim);
        int wanted = writes.done.get() + MORE_WRITES;
        String what = "%s to take entries in round %d, seed %d".formatted(victim, round, seed);
        TestCluster.await(what, () -> valueAt(cluster, victim) >= wanted);
      }
    }
  }

  private void damage(NodeId node, int group) throws IOException {
    Path log =
        LogFiles.of(
                directory.resolve(node.value()).resolve("raft"),
                "test-cluster",
                new ShardGroupId(group))
            .directory();
    try (Stream<Path> all = Files.list(log)) {
      List<Path> files =
          all.filter(file -> file.toFile().getName().startsWith("log_")).sorted().toList();
      Path file = files.get(random.nextInt(files.size()));
      byte[] bytes = Files.readAllBytes(file);
      bytes[IN_HEADER] ^= 4;
      Path _ = Files.write(file, bytes);
    }
  }

  private static int valueAt(TestCluster cluster, NodeId node) {
    try {
      String value = Calls.valueOf(Calls.read(cluster.channel(node), KEY, Calls.LOCAL, 1_000));
      return value.isEmpty() ? -1 : Integer.parseInt(value.substring(1, value.indexOf('-')));
    } catch (StatusRuntimeException notYet) {
      return -1;
    }
  }

  /// One writer of one key, who asks each node in turn who takes it.
  private static final class Writes implements AutoCloseable {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final TestCluster cluster;
    private final AtomicInteger done = new AtomicInteger();
    private final Thread thread;
    private volatile boolean closed;

    Writes(TestCluster cluster) {
      this.cluster = cluster;
      this.thread = Thread.ofPlatform().name("writes").start(this::run);
    }

    private void run() {
      for (int turn = 0; !closed; turn++) {
        NodeId node = cluster.nodes().get(turn % cluster.nodes().size());
        while (write(node) && !closed) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }

    private boolean write(NodeId node) {
      int next = done.get() + 1;
      String value = "v" + next + "-".repeat(VALUE_BYTES);
      try {
        var _ =
            Calls.stub(cluster.channel(node), Calls.shardOf(KEY).value(), 2_000)
                .write(Calls.put(KEY, value, Calls.producer(7, next)));
        done.set(next);
        return true;
      } catch (StatusRuntimeException elsewhere) {
        return false;
      }
    }

    void awaitMore(int writes) {
      int wanted = done.get() + writes;
      TestCluster.await(writes + " writes", () -> done.get() >= wanted);
    }

    @Override
    public void close() {
      closed = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
