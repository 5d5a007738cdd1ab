package io.vxmeta.chaos.bench.contest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// A store that runs as processes on this machine, alone while it is measured.
interface Contender extends AutoCloseable {

  /// A kind of store, found as a service, because some are there only with the libraries of the
  /// tests.
  interface Kind {
    /// As in `--vs`.
    String word();

    /// Starts its processes in an empty folder; they are gone when the contender is closed.
    Contender start(Path folder, Setting setting) throws IOException, InterruptedException;
  }

  /// What every contender is asked to do.
  ///
  /// @param nodeJvmOptions for the JVMs of our nodes, after their own
  record Setting(BenchKeys keys, ReadLevel level, List<String> nodeJvmOptions) {
    public Setting {
      nodeJvmOptions = List.copyOf(nodeJvmOptions);
    }
  }

  /// Where reads are answered.
  enum ReadLevel {
    LINEARIZABLE,
    /// By any replica, of any age.
    LOCAL,
    /// Linearizable, by a replica that does not lead.
    FOLLOWER
  }

  /// Stores the keys that reads and updates ask for.
  void load() throws IOException, InterruptedException;

  /// Whether the store has anything of that kind.
  boolean plays(Workload workload);

  /// Runs the load, first unmeasured, and returns what was counted.
  BenchResult measure(Workload workload, Pace pace) throws IOException, InterruptedException;

  @Override
  void close() throws IOException;

  /// How one workload is run.
  ///
  /// @param perSecond calls in a second of an open loop; 0: a closed loop
  record Pace(int inFlight, int warmupSeconds, int seconds, double perSecond) {}

  /// Runs one workload against processes: each call comes from `calls`, and its future tells the
  /// operations answered.
  static BenchResult drive(
      String store,
      Workload workload,
      Pace pace,
      Collection<Long> serverPids,
      Supplier<CompletableFuture<Long>> calls)
      throws IOException, InterruptedException {
    Loop loop =
        pace.perSecond() == 0
            ? new ClosedLoop(pace.inFlight(), calls)
            : new OpenLoop(pace.perSecond(), calls);
    loop.run(Duration.ofSeconds(pace.warmupSeconds()));
    long cpu = ServerCpu.micros(serverPids);
    long start = System.nanoTime();
    Loop.Counts counts = loop.run(Duration.ofSeconds(pace.seconds()));
    double took = (System.nanoTime() - start) / 1e9;
    return new BenchResult(
        workload.word() + (pace.perSecond() == 0 ? "" : BenchResult.OPEN),
        store,
        counts.operations(),
        took,
        BenchResult.Latency.of(counts.latencies()),
        ServerCpu.micros(serverPids) - cpu,
        counts.failures());
  }
}
