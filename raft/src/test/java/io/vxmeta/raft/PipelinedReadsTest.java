package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.ReadStream;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Reads on a stream keep their promise while leaders change under them.
final class PipelinedReadsTest {
  private static final int KEYS = 12;
  private static final int KEYS_OF_A_READ = 5;
  private static final int READS = 2_000;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir private Path directory;
  private final long seed = Long.getLong("vx.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /// The number last written under each key: on its way at most, and acknowledged.
  private final AtomicLongArray attempted = new AtomicLongArray(KEYS);

  private final AtomicLongArray acknowledged = new AtomicLongArray(KEYS);
  private final AtomicInteger answers = new AtomicInteger();

  @Test
  void everyReadIsAnsweredOnceAndSeesWhatWasAcknowledgedBeforeIt() throws Exception {
    try (TestCluster cluster = TestCluster.ofThree(directory);
        VxClient client = client(cluster)) {
      cluster.awaitReady();
      CompletableFuture<Void> enough = new CompletableFuture<>();
      CompletableFuture<Long> written = writing(client, enough);
      List<CompletableFuture<Void>> reads = new ArrayList<>();
      try (ReadStream stream = client.readStream(options())) {
        for (int i = 0; i < READS; i++) {
          if (i == READS / 3) {
            moveLeaders(cluster, client);
          } else if (i == 2 * READS / 3) {
            cluster.stop(leaderOf(cluster, dataGroups(client).getFirst()));
          }
          reads.add(readOne(stream));
        }
      }
      assertTrue(reads.stream().allMatch(CompletableFuture::isDone), "close drains");
      reads.forEach(CompletableFuture::join);
      assertEquals(READS, answers.get());
      enough.complete(null);
      assertTrue(written.get(PATIENCE.toSeconds(), TimeUnit.SECONDS) > 0, "writes went on beside");
    }
  }

  private static VxClient client(TestCluster cluster) {
    return VxClient.connect(
        ClientConfig.of(
                cluster.nodes().stream().map(id -> cluster.config(id).listen().client()).toList())
            .withDeadline(PATIENCE));
  }

  private static ReadStream.Options options() {
    return ReadStream.Options.of(ReadOptions.linearizable().within(PATIENCE)).withReadsInFlight(48);
  }

  private static Bytes key(int number) {
    return Bytes.utf8("pipelined/" + number);
  }

  /// Writes ascending numbers, one at a time, until it is enough.
  private CompletableFuture<Long> writing(VxClient client, CompletableFuture<Void> enough) {
    CompletableFuture<Long> end = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            long number = 0;
            while (!enough.isDone()) {
              int key = (int) (++number % KEYS);
              attempted.set(key, number);
              Transaction put = Transaction.put(Calls.NAMESPACE, key(key), Bytes.utf8("" + number));
              assertTrue(client.write(put, PATIENCE).orThrow().applied());
              acknowledged.set(key, number);
            }
            end.complete(number);
          } catch (Throwable failed) {
            end.completeExceptionally(failed);
          }
        });
    return end;
  }

  private CompletableFuture<Void> readOne(ReadStream stream) throws InterruptedException {
    List<Integer> keys = random.ints(KEYS_OF_A_READ, 0, KEYS).boxed().toList();
    List<Long> before = keys.stream().map(acknowledged::get).toList();
    return stream
        .read(Calls.NAMESPACE, keys.stream().map(PipelinedReadsTest::key).toList())
        .thenAccept(answer -> {
          answers.incrementAndGet();
          List<Long> after = keys.stream().map(attempted::get).toList();
          List<Long> found = numbers(answer);
          boolean right =
              IntStream.range(0, keys.size())
                  .allMatch(i -> before.get(i) <= found.get(i) && found.get(i) <= after.get(i));
          assertTrue(
              right,
              () ->
                  "keys="
                      + keys
                      + " acknowledged="
                      + before
                      + " found="
                      + found
                      + " attempted="
                      + after
                      + " vx.seed="
                      + seed);
        });
  }

  private static List<Long> numbers(ReadAnswer answer) {
    return answer.records().stream()
        .map(record -> record.map(found -> Long.parseLong(found.value().toUtf8())).orElse(0L))
        .toList();
  }

  private static List<ShardGroup> dataGroups(VxClient client) {
    return client.shardMap().groups().stream().filter(group -> !group.id().isRoot()).toList();
  }

  private static NodeId leaderOf(TestCluster cluster, ShardGroup group) {
    return cluster.awaitLeader(group.id().value(), cluster.nodes());
  }

  private static void moveLeaders(TestCluster cluster, VxClient client) {
    for (ShardGroup group : dataGroups(client)) {
      NodeId leader = leaderOf(cluster, group);
      NodeId next =
          cluster.nodes().stream().filter(node -> !node.equals(leader)).findFirst().orElseThrow();
      var _ = client.admin().transferLeader(group.id(), next);
    }
  }
}
