package io.vxmeta.chaos.bench.contest;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.ReadStream;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;

/// vx-meta: three nodes, three data groups, every write synced by a majority.
final class VxMetaContender implements Contender {
  static final String WORD = "vxmeta";

  private static final String NAMESPACE = "bench";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final ProcessCluster cluster;
  private final VxClient client;
  private final BulkWriter writer;
  private final BenchKeys keys;
  private final List<ReadOptions> reads;

  /// One for each of `reads`; the loops bound what is under way on them.
  private final List<ReadStream> streams;

  private VxMetaContender(
      ProcessCluster cluster, VxClient client, BenchKeys keys, List<ReadOptions> reads) {
    this.cluster = cluster;
    this.client = client;
    this.writer = client.bulkWriter(BulkWriter.Options.DEFAULTS);
    this.keys = keys;
    this.reads = reads;
    this.streams =
        reads.stream()
            .map(each ->
                client.readStream(
                    ReadStream.Options.of(each).withReadsInFlight(OpenLoop.OUTSTANDING_MAX)))
            .toList();
  }

  static Contender start(Path folder, Setting setting) throws IOException, InterruptedException {
    ProcessCluster cluster = startNodes(folder, setting.nodeJvmOptions());
    VxClient client = VxClient.connect(ClientConfig.of(cluster.endpoints()));
    ClusterView view = new ClusterView(client);
    view.awaitLeaders(PATIENCE);
    client.admin().createNamespace(NAMESPACE);
    return new VxMetaContender(
        cluster, client, setting.keys(), reads(setting.level(), view, cluster.nodes()));
  }

  private static ProcessCluster startNodes(Path folder, List<String> jvmOptions)
      throws IOException, InterruptedException {
    try {
      return ProcessCluster.start(
          ClusterPlan.small(NAMESPACE, folder)
              .with(ClusterPlan.Leads.STAY)
              .withJvmOptions(ClusterPlan.FAST_JVM)
              .withJvmOptions(jvmOptions));
    } catch (NodeStopped e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /// For reads of followers every group is led by the first node, and the others are asked in turn.
  private static List<ReadOptions> reads(ReadLevel level, ClusterView view, List<NodeId> nodes) {
    return switch (level) {
      case LINEARIZABLE -> List.of(ReadOptions.linearizable());
      case LOCAL -> List.of(ReadOptions.local());
      case FOLLOWER -> {
        NodeId leader = nodes.get(0);
        view.dataGroups().stream()
            .filter(group -> !view.awaitLeader(group.id(), PATIENCE).node().equals(leader))
            .forEach(group -> view.transferLeader(group.id(), leader));
        yield nodes.stream().skip(1).map(node -> ReadOptions.linearizable().at(node)).toList();
      }
    };
  }

  @Override
  public void load() throws InterruptedException {
    for (long number = 0; number < keys.records(); number++) {
      var _ = writer.submit(put(number));
    }
    writer.flush();
  }

  @Override
  public boolean plays(Workload workload) {
    return true;
  }

  @Override
  public BenchResult measure(Workload workload, Pace pace)
      throws IOException, InterruptedException {
    List<Long> pids = cluster.nodes().stream().map(node -> cluster.process(node).pid()).toList();
    return Contender.drive(WORD, workload, pace, pids, () -> call(workload));
  }

  private CompletableFuture<Long> call(Workload workload) {
    return switch (workload) {
      case INSERT -> write(put(keys.fresh(1)));
      case INSERT_STREAM -> stream(put(keys.fresh(1)), 1);
      case UPDATE -> write(put(keys.loaded()));
      case BULK -> stream(puts(keys.fresh(Workload.BULK_PUTS)), Workload.BULK_PUTS);
      case GET -> read(1);
      case MGET128 -> read(Workload.MGET_KEYS);
      case STREAM128 -> streamed(Workload.MGET_KEYS);
      case MIXED95 -> mixed(95);
      case MIXED50 -> mixed(50);
    };
  }

  private CompletableFuture<Long> mixed(int readsPerCent) {
    return ThreadLocalRandom.current().nextInt(100) < readsPerCent
        ? read(1)
        : write(put(keys.loaded()));
  }

  private static Transaction put(long number) {
    return Transaction.in(NAMESPACE)
        .put(Bytes.wrap(BenchKeys.key(number)), Bytes.wrap(BenchKeys.value(number)))
        .build();
  }

  private static Transaction puts(long first) {
    Transaction.Builder transaction = Transaction.in(NAMESPACE);
    for (long number = first; number < first + Workload.BULK_PUTS; number++) {
      transaction.put(
          Bytes.wrap(BenchKeys.tagged(first, number)), Bytes.wrap(BenchKeys.value(number)));
    }
    return transaction.build();
  }

  private CompletableFuture<Long> write(Transaction transaction) {
    return client.writeAsync(transaction).thenApply(outcome -> applied(outcome, 1));
  }

  private CompletableFuture<Long> stream(Transaction transaction, int operations) {
    try {
      return writer.submit(transaction).thenApply(outcome -> applied(outcome, operations));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<Long> read(int count) {
    ReadOptions options = oneOf(reads);
    return client.readAsync(NAMESPACE, loaded(count), options).thenApply(VxMetaContender::found);
  }

  private CompletableFuture<Long> streamed(int count) {
    try {
      return oneOf(streams).read(NAMESPACE, loaded(count)).thenApply(VxMetaContender::found);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CompletableFuture.failedFuture(e);
    }
  }

  private static <T> T oneOf(List<T> several) {
    return several.get(ThreadLocalRandom.current().nextInt(several.size()));
  }

  private List<Bytes> loaded(int count) {
    List<Bytes> asked = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      asked.add(Bytes.wrap(BenchKeys.key(keys.loaded())));
    }
    return asked;
  }

  private static long found(ReadAnswer answer) {
    if (answer.records().stream().anyMatch(Optional::isEmpty)) {
      throw new IllegalStateException("expected every loaded key: answer=" + answer);
    }
    return answer.records().size();
  }

  private static long applied(Outcome<WriteAnswer> outcome, int operations) {
    if (!outcome.orThrow().applied()) {
      throw new IllegalStateException("a put without compares was not applied: " + outcome);
    }
    return operations;
  }

  @Override
  public void close() throws IOException {
    streams.forEach(ReadStream::close);
    writer.close();
    client.close();
    cluster.close();
  }
}
