package io.vxmeta.chaos.bench.contest;

import io.vxmeta.chaos.cluster.VxHome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `vxctl bench cluster`: a load on three node processes, and on other stores on the same machine.
@Command(
    name = "cluster",
    description = {
      "Three node processes, replication 3, synced writes, 32-byte keys, 64-byte values.",
      "Workloads: insert, insert-stream, update, bulk (puts in a second);",
      "get, mget128, stream128 (keys in a second); mixed95, mixed50 (both)."
    },
    mixinStandardHelpOptions = true)
public final class ClusterBenchCommand implements Callable<Integer> {
  private static final int FAILED = 1;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--workload",
      split = ",",
      paramLabel = "NAME",
      converter = WorkloadName.class,
      description = "Any of them. Default: all that the store can do.")
  private List<Workload> workloads = List.of(Workload.values());

  @Option(
      names = "--vs",
      split = ",",
      paramLabel = "STORE",
      description = "Also measure these, each alone on the machine: etcd, zookeeper, redis.")
  private List<String> rivals = List.of();

  @Option(
      names = "--consistency",
      defaultValue = "linearizable",
      description = "Of reads: linearizable, local, follower (linearizable, asked of followers).")
  private String consistency = "linearizable";

  @Option(
      names = "--keys",
      defaultValue = "uniform",
      description = "How reads and updates choose: uniform, zipf. Default: ${DEFAULT-VALUE}")
  private String keys = "uniform";

  @Option(
      names = "--seconds",
      defaultValue = "30",
      description = "Measured. Default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(
      names = "--warmup",
      defaultValue = "60",
      description = "Seconds of the same load before, not measured. Default: ${DEFAULT-VALUE}")
  private int warmup;

  @Option(
      names = "--records",
      defaultValue = "1000000",
      description = "Records loaded before. Default: ${DEFAULT-VALUE}")
  private int records;

  @Option(names = "--in-flight", description = "Calls in flight. Default: the workload's own.")
  private Optional<Integer> inFlight = Optional.empty();

  @Option(
      names = "--open",
      description =
          "After each closed loop an open one, at this part of the rate just reached, for latency. For example 0.5.")
  private Optional<Double> open = Optional.empty();

  @Option(
      names = "--rounds",
      defaultValue = "1",
      description =
          "Take turns that often; the median round is reported. Default: ${DEFAULT-VALUE}")
  private int rounds;

  @Option(
      names = "--node-jvm-option",
      paramLabel = "OPTION",
      description = "One more for the JVMs of our nodes, after their own; repeatable.")
  private List<String> nodeJvmOptions = List.of();

  @Option(names = "--json", description = "One line of JSON for each workload and store.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    check();
    List<Contender.Kind> stores = stores();
    Map<String, List<BenchResult>> results = new LinkedHashMap<>();
    try {
      for (int round = 1; round <= rounds; round++) {
        for (Contender.Kind store : stores) {
          System.err.printf("round %d of %d: %s%n", round, rounds, store.word());
          for (BenchResult result : play(store)) {
            results.computeIfAbsent(key(result), _ -> new ArrayList<>()).add(result);
          }
        }
      }
    } catch (IOException e) {
      System.err.println("vxctl: error: " + e.getMessage());
      return FAILED;
    } finally {
      results.values().stream().map(ClusterBenchCommand::median).forEach(this::print);
    }
    return 0;
  }

  private static String key(BenchResult result) {
    return result.workload() + " " + result.store();
  }

  private void check() {
    require(seconds > 0 && warmup >= 0 && rounds > 0, "expected seconds and rounds above nothing");
    require(records > 0, "expected records to read: records=" + records);
    require(
        open.isEmpty() || (open.get() > 0 && open.get() <= 1),
        "expected a part of the rate, above 0 and up to 1: open=" + open.orElse(0.0));
    require(List.of("uniform", "zipf").contains(keys), "expected uniform or zipf: keys=" + keys);
    require(
        Arrays.stream(Contender.ReadLevel.values())
            .anyMatch(level -> level.name().equalsIgnoreCase(consistency)),
        "expected linearizable, local or follower: consistency=" + consistency);
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), otherwise);
    }
  }

  private List<Contender.Kind> stores() {
    Map<String, Contender.Kind> known = Contenders.known();
    List<Contender.Kind> chosen = new ArrayList<>(List.of(Contenders.VXMETA));
    for (String word : rivals) {
      Contender.Kind kind = known.get(word);
      require(
          kind != null,
          "nothing to compare with of that name here: expected any of "
              + known.keySet()
              + " found="
              + word
              + "; start the benchmark with ./vx bench, which brings their libraries");
      if (kind != null && !chosen.contains(kind)) {
        chosen.add(kind);
      }
    }
    return chosen;
  }

  private List<BenchResult> play(Contender.Kind store) throws IOException, InterruptedException {
    BenchKeys benchKeys =
        new BenchKeys(
            records, keys.equals("zipf") ? KeyChoice.zipf(records) : KeyChoice.uniform(records));
    Contender.ReadLevel level = Contender.ReadLevel.valueOf(consistency.toUpperCase(Locale.ROOT));
    List<BenchResult> results = new ArrayList<>();
    try (Contender contender =
        store.start(
            VxHome.emptyFolder("bench"), new Contender.Setting(benchKeys, level, nodeJvmOptions))) {
      long start = System.nanoTime();
      contender.load();
      System.err.printf(
          Locale.ROOT,
          "%s: loaded %,d records in %.1f s%n",
          store.word(),
          records,
          (System.nanoTime() - start) / 1e9);
      for (Workload workload : workloads) {
        if (contender.plays(workload)) {
          results.addAll(play(contender, workload));
        }
      }
    }
    return results;
  }

  private List<BenchResult> play(Contender contender, Workload workload)
      throws IOException, InterruptedException {
    int calls = inFlight.orElse(workload.inFlight());
    BenchResult closed = contender.measure(workload, new Contender.Pace(calls, warmup, seconds, 0));
    System.err.println(closed.line() + "   in flight " + calls);
    if (open.isEmpty()) {
      return List.of(closed);
    }
    double perSecond = Math.max(1, closed.perSecond() / workload.operations() * open.get());
    BenchResult opened =
        contender.measure(workload, new Contender.Pace(calls, 0, seconds, perSecond));
    System.err.println(opened.line());
    return List.of(closed, opened);
  }

  private static BenchResult median(List<BenchResult> ofRounds) {
    List<BenchResult> sorted =
        ofRounds.stream().sorted(Comparator.comparingDouble(BenchResult::perSecond)).toList();
    return sorted.get(sorted.size() / 2);
  }

  private void print(BenchResult result) {
    System.out.println(json ? result.json() : result.line());
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
}
