package io.vxmeta.chaos.bench;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.chaos.cluster.VxHome;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `vxctl bench cluster`: three node processes and a closed loop of callers on this machine.
@Command(
    name = "cluster",
    description = "Three node processes, replication 3, synced writes; closed loop.",
    mixinStandardHelpOptions = true)
public final class ClusterBenchCommand implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final String NAMESPACE = "bench";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /// Above all keys that are loaded for the reads.
  private final AtomicLong newKeys = new AtomicLong(1_000_000_000L);

  @Option(
      names = "--workload",
      split = ",",
      paramLabel = "NAME",
      converter = WorkloadName.class,
      description =
          "Any of insert, insert-stream, get, mget128, bulk. Default: all, in this order.")
  private List<Workload> workloads = List.of(Workload.values());

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description = "Measured. Default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(
      names = "--warmup",
      defaultValue = "20",
      description = "Seconds of the same load before, not measured. Default: ${DEFAULT-VALUE}")
  private int warmup;

  @Option(
      names = "--records",
      defaultValue = "100000",
      description = "Records loaded for the reads. Default: ${DEFAULT-VALUE}")
  private int records;

  @Option(names = "--in-flight", description = "Calls in flight. Default: the workload's own.")
  private Optional<Integer> inFlight = Optional.empty();

  @Option(names = "--json", description = "One line of JSON for each workload.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException, IOException {
    ClusterPlan plan =
        ClusterPlan.small("bench", VxHome.emptyFolder("bench"))
            .withJvmOptions(ClusterPlan.FAST_JVM);
    System.err.println("starting three nodes in " + plan.directory());
    try (ProcessCluster cluster = ProcessCluster.start(plan);
        VxClient client = VxClient.connect(ClientConfig.of(cluster.endpoints()))) {
      new ClusterView(client).awaitLeaders(PATIENCE);
      client.admin().createNamespace(NAMESPACE);
      load(client);
      for (Workload workload : workloads) {
        BenchResult result = measure(cluster, client, workload);
        System.out.println(json ? result.json() : result.line());
      }
      return 0;
    } catch (NodeStopped e) {
      System.err.println("vxctl: error: " + e.getMessage());
      return FAILED;
    }
  }

  /// Reads a workload's name.
  private static final class WorkloadName implements ITypeConverter<Workload> {
    @Override
    public Workload convert(String word) {
      return Arrays.stream(Workload.values())
          .filter(workload -> workload.word().equals(word))
          .findFirst()
          .orElseThrow(() ->
              new TypeConversionException(
                  "unknown workload: expected "
                      + Arrays.stream(Workload.values())
                          .map(Workload::word)
                          .collect(Collectors.joining(", "))
                      + "; found "
                      + word));
    }
  }

  private void load(VxClient client) throws InterruptedException {
    long start = System.nanoTime();
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      Workload.Ground ground = ground(client, writer, new AtomicLong());
      for (int i = 0; i < records; i++) {
        Transaction put = ground.newPut(1);
        var _ = writer.submit(put);
      }
      writer.flush();
    }
    System.err.printf(
        Locale.ROOT, "loaded %,d records in %.1f s%n", records, (System.nanoTime() - start) / 1e9);
  }

  private Workload.Ground ground(VxClient client, BulkWriter writer, AtomicLong nextKey) {
    return new Workload.Ground(client, writer, NAMESPACE, nextKey, Math.max(1, records));
  }

  private BenchResult measure(ProcessCluster cluster, VxClient client, Workload workload)
      throws InterruptedException, IOException {
    List<Long> pids = cluster.nodes().stream().map(node -> cluster.process(node).pid()).toList();
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
      Workload.Ground ground = ground(client, writer, newKeys);
      ClosedLoop loop =
          new ClosedLoop(inFlight.orElse(workload.inFlight()), () -> workload.call(ground));
      System.err.printf("%s: %d s of warm-up, %d s measured%n", workload.word(), warmup, seconds);
      loop.run(Duration.ofSeconds(warmup));
      long cpu = ServerCpu.micros(pids);
      long start = System.nanoTime();
      ClosedLoop.Counts counts = loop.run(Duration.ofSeconds(seconds));
      double took = (System.nanoTime() - start) / 1e9;
      return new BenchResult(
          workload.word(),
          counts.operations(),
          took,
          counts.latencies(),
          ServerCpu.micros(pids) - cpu,
          counts.failures());
    }
  }
}
