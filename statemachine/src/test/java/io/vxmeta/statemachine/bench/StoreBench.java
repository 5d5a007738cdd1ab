package io.vxmeta.statemachine.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./vx bench store`: the table and its rivals, the same records, one reading thread.
@Command(
    name = "bench store",
    description = "The table beside ConcurrentHashMap, Chronicle Map, LMDB and RocksDB.",
    mixinStandardHelpOptions = true)
public final class StoreBench implements Callable<Integer> {
  /* A process for each contender, all with the same options, so that no one's compiler learns from another's calls. While they
   * all fit into memory they live side by side and take turns: round 1 of all, round 2 of all, so that a busy minute of
   * the machine meets everyone. Else one after the other, but each with all its sizes, because what more records cost is a
   * ratio, too. Only one process runs at any time. */

  /// Begins a worker's line: libraries print to standard output as well.
  static final String ANSWER = "answer: ";

  /// What Chronicle Map and LMDB need on a modular JDK; all processes get the same.
  private static final List<String> JVM_FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-Xms64m",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
          "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
          "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
          "--add-opens=java.base/java.io=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "-Dchronicle.analytics.disable=true",
          "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");

  /// Objects of ConcurrentHashMap, and room for its collector.
  private static final long HEAP_BYTES_A_KEY = 330;

  private static final long HEAP_BYTES_MIN = 512L << 20;

  /// Of all contenders together, with room to write.
  private static final long BYTES_A_KEY_TOGETHER = 1_600;

  private static final int WARM_UPS = 2;

  /// A batch of keys is chosen from so many.
  private static final int KEYS_MIN = 100;

  @Option(
      names = "--keys",
      split = ",",
      paramLabel = "NUMBER",
      description = "Records in each store; several numbers take turns. Default: 5000000")
  private List<Integer> sizes = List.of(5_000_000);

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Of each case; the median counts. Default: ${DEFAULT-VALUE}")
  private int rounds;

  @Option(
      names = "--millis",
      defaultValue = "2000",
      description = "Of each case in a round. Default: ${DEFAULT-VALUE}")
  private long millis;

  @Option(
      names = "--impl",
      split = ",",
      paramLabel = "NAME",
      description = "Any of vxmeta, chm, chronicle-map, lmdb, rocksdb, limit. Default: all.")
  private List<String> names = Arrays.stream(Contender.values()).map(Contender::word).toList();

  @Option(
      names = "--case",
      split = ",",
      paramLabel = "NAME",
      description = "Any of get, multiget64, put, mixed. Default: all.")
  private List<String> cases = Arrays.stream(StoreCase.values()).map(StoreCase::word).toList();

  @Option(
      names = "--directory",
      description = "Where files go, on the disk of a node's data. Default: a temporary folder.")
  private Optional<Path> directory = Optional.empty();

  @Option(names = "--jvm-option", description = "One more for all processes; repeatable.")
  private List<String> jvmOptions = List.of();

  @Option(names = "--json", description = "A line of JSON for each figure.")
  private boolean json;

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new StoreBench()).execute(arguments));
  }

  private void atLeast(String option, long least, long given) {
    if (given < least) {
      throw new CommandLine.ParameterException(
          new CommandLine(this),
          "invalid %s: %d; expected %d or more".formatted(option, given, least));
    }
  }

  private <T> CommandLine.ParameterException unknown(
      String what, String word, T[] known, Function<T, String> wordOf) {
    return new CommandLine.ParameterException(
        new CommandLine(this),
        "unknown %s: '%s'; expected one of %s"
            .formatted(what, word, Arrays.stream(known).map(wordOf).toList()));
  }

  @Override
  public Integer call() throws IOException {
    List<Contender> contenders = new ArrayList<>();
    for (String name : names) {
      contenders.add(
          Contender.named(name)
              .orElseThrow(
                  () -> unknown("implementation", name, Contender.values(), Contender::word)));
    }
    List<StoreCase> wanted = new ArrayList<>();
    for (String name : cases) {
      wanted.add(
          StoreCase.named(name)
              .orElseThrow(() -> unknown("case", name, StoreCase.values(), StoreCase::word)));
    }
    atLeast("--rounds", 1, rounds);
    atLeast("--millis", 1, millis);
    for (int keys : sizes) {
      atLeast("--keys", KEYS_MIN, keys);
    }
    Path home =
        directory.isPresent()
            ? Files.createDirectories(directory.get())
            : Files.createTempDirectory("vx-bench-store");
    try {
      long keys = sizes.stream().mapToLong(Integer::longValue).sum();
      if (contenders.size() == 1 || keys * BYTES_A_KEY_TOGETHER < availableBytes()) {
        compare(contenders, wanted, home);
      } else {
        System.err.println("not all stores fit into memory side by side: one after the other");
        for (Contender contender : contenders) {
          compare(List.of(contender), wanted, home);
        }
      }
      return 0;
    } finally {
      delete(home);
    }
  }

  private static long availableBytes() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
      return lines
          .filter(line -> line.startsWith("MemAvailable:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0);
    }
  }

  private void compare(List<Contender> contenders, List<StoreCase> wanted, Path home)
      throws IOException {
    List<Competitor> all = new ArrayList<>();
    try {
      for (int keys : sizes) {
        for (Contender contender : contenders) {
          all.add(load(contender, keys, home.resolve(contender.word() + "-" + keys)));
        }
      }
      for (StoreCase what : wanted) {
        measure(what, all);
      }
    } finally {
      for (Competitor each : all) {
        each.close();
      }
    }
  }

  private Competitor load(Contender contender, int keys, Path place) throws IOException {
    Competitor competitor = new Competitor(contender, keys, Files.createDirectories(place));
    long start = System.nanoTime();
    long[] growth = competitor.ask("load");
    System.err.printf(
        Locale.ROOT,
        "%-14s loaded %,d keys in %.1f s%n",
        contender.word(),
        keys,
        (System.nanoTime() - start) / 1e9);
    if (contender == Contender.VXMETA) {
      print(
          "{\"bench\":\"store\",\"case\":\"growth\",\"impl\":\"vxmeta\",\"keys\":%d,\"p9999_ns\":%d,\"max_ns\":%d}",
          "growth         vxmeta         1 -> %,d keys: p99.99 %,d ns, longest %,d ns",
          keys,
          growth[0],
          growth[1]);
      print(
          "{\"bench\":\"store\",\"case\":\"growth-on-processor\",\"impl\":\"vxmeta\",\"keys\":%d,\"p9999_ns\":%d,\"max_ns\":%d}",
          "  without time off the processor: 1 -> %,d keys: p99.99 %,d ns, longest %,d ns",
          keys,
          growth[2],
          growth[3]);
    }
    return competitor;
  }

  private void measure(StoreCase what, List<Competitor> all) throws IOException {
    List<Competitor> able =
        all.stream()
            .filter(each -> each.contender != Contender.LIMIT || what == StoreCase.GET)
            .toList();
    List<List<long[]>> figures = new ArrayList<>();
    able.forEach(_ -> figures.add(new ArrayList<>()));
    for (int round = -WARM_UPS; round < rounds; round++) {
      for (int i = 0; i < able.size(); i++) {
        long[] measured = able.get(i).ask("run " + what.word() + " " + millis);
        System.err.printf(
            Locale.ROOT,
            "%-10s %-14s %,d keys %s %,.0f op/s%n",
            what.word(),
            able.get(i).contender.word(),
            able.get(i).keys,
            round < 0 ? "warm-up" : "round " + (round + 1),
            perSecond(measured));
        if (round >= 0) {
          figures.get(i).add(measured);
        }
      }
    }
    for (int i = 0; i < able.size(); i++) {
      report(what, able.get(i), figures.get(i));
    }
  }

  private static double perSecond(long[] measured) {
    return measured[0] * 1e9 / Math.max(1, measured[1]);
  }

  private static double median(
      List<long[]> figures, java.util.function.ToDoubleFunction<long[]> of) {
    double[] sorted = figures.stream().mapToDouble(of).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private void report(StoreCase what, Competitor who, List<long[]> figures) throws IOException {
    double bytesAKey = who.ask("bytes")[0] / (double) who.keys;
    print(
        "{\"bench\":\"store\",\"case\":\"%s\",\"impl\":\"%s\",\"keys\":%d,\"ops_per_s\":%.0f,\"p99_ns\":%.0f,\"bytes_per_key\":%.1f}",
        "%-14s %-14s %,d keys %,12.0f op/s   p99 %,10.0f ns   %,.1f bytes a key",
        what.word(),
        who.contender.word(),
        who.keys,
        median(figures, StoreBench::perSecond),
        median(figures, measured -> measured[2]),
        bytesAKey);
    if (who.contender == Contender.VXMETA && what != StoreCase.MIXED) {
      print(
          "{\"bench\":\"store\",\"case\":\"allocation-%s\",\"impl\":\"vxmeta\",\"keys\":%d,\"bytes_per_op\":%.3f}",
          "  allocation of %s at %,d keys: %.3f bytes an operation",
          what.word(),
          who.keys,
          median(figures, measured -> measured[3] / (double) measured[0]));
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // Two formats for the same arguments.
  private void print(String jsonFormat, String lineFormat, Object... arguments) {
    System.out.println(String.format(Locale.ROOT, json ? jsonFormat : lineFormat, arguments));
  }

  /// Deletes a folder of a benchmark with all that is in it.
  static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  /// A contender's process.
  private final class Competitor implements AutoCloseable {
    private final Contender contender;
    private final int keys;
    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;

    Competitor(Contender contender, int keys, Path place) throws IOException {
      this.contender = contender;
      this.keys = keys;
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Xmx" + ((HEAP_BYTES_MIN + keys * HEAP_BYTES_A_KEY) >> 20) + "m");
      command.addAll(JVM_FLAGS);
      command.addAll(jvmOptions);
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add(StoreWorker.class.getName());
      command.addAll(List.of(contender.word(), Integer.toString(keys), place.toString()));
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      commands = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
      answers = process.inputReader(StandardCharsets.UTF_8);
    }

    long[] ask(String command) throws IOException {
      commands.write(command + "\n");
      commands.flush();
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        if (line.startsWith(ANSWER)) {
          String[] words = line.substring(ANSWER.length()).split(" ");
          return Arrays.stream(words).mapToLong(Long::parseLong).toArray();
        }
        System.err.println(line);
      }
      throw new IOException(
          "expected an answer: implementation=" + contender.word() + " command=" + command);
    }

    /// The end of its commands ends the process.
    @Override
    public void close() {
      try {
        commands.close();
        int _ = process.waitFor();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
