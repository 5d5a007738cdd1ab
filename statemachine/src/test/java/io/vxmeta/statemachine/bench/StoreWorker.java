package io.vxmeta.statemachine.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.slf4j.LoggerFactory;

/// The process of one contender: does what its standard input says, answers a line for each line.
final class StoreWorker {
  /* load -> p9999 max cpuP9999 cpuMax
   * warm CASE MILLIS, run CASE MILLIS -> operations nanos p99 allocated
   * bytes -> bytes */

  private StoreWorker() {}

  public static void main(String[] arguments) throws IOException {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
    Contender contender = Contender.named(arguments[0]).orElseThrow();
    int keys = Integer.parseInt(arguments[1]);
    Path directory = Path.of(arguments[2]);
    if (contender == Contender.LIMIT) {
      try (LineReads lines = LineReads.open(directory, keys)) {
        serve(words -> limit(lines, words));
      }
      return;
    }
    try (Store store = contender.open(directory, keys)) {
      StoreProbe probe = new StoreProbe(store, keys);
      serve(words -> answer(store, probe, keys, words));
    }
  }

  /// Answers a command.
  private interface Service {
    String answer(String[] words);
  }

  private static void serve(Service service) throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      System.out.println(StoreBench.ANSWER + service.answer(line.split(" ")));
    }
  }

  private static String answer(Store store, StoreProbe probe, int keys, String[] words) {
    return switch (words[0]) {
      case "load" -> {
        Loading.Growth growth = Loading.of(store, keys);
        store.settle();
        yield growth.p9999Nanos()
            + " "
            + growth.maxNanos()
            + " "
            + growth.cpuP9999Nanos()
            + " "
            + growth.cpuMaxNanos();
      }
      case "bytes" -> Long.toString(store.bytes());
      case "run" ->
          line(probe.measure(StoreCase.named(words[1]).orElseThrow(), Long.parseLong(words[2])));
      default -> throw new IllegalArgumentException("unknown command: " + words[0]);
    };
  }

  private static String line(StoreProbe.Figures figures) {
    return figures.operations()
        + " "
        + figures.nanos()
        + " "
        + figures.p99Nanos()
        + " "
        + figures.allocatedBytes();
  }

  private static String limit(LineReads lines, String[] words) {
    return switch (words[0]) {
      case "load" -> "0 0 0 0";
      case "bytes" -> Long.toString(lines.length());
      case "run" -> line(limit(lines, Long.parseLong(words[2])));
      default -> throw new IllegalArgumentException("unknown command: " + words[0]);
    };
  }

  private static StoreProbe.Figures limit(LineReads lines, long millis) {
    SplittableRandom random = new SplittableRandom(1);
    long[] offsets = new long[ChosenKeys.SIZE];
    long[] one = new long[1];
    long[] latencies = new long[ChosenKeys.SIZE];
    long end = System.nanoTime() + millis * 1_000_000;
    long operations = 0;
    long nanos = 0;
    long sum = 0;
    do {
      lines.choose(random, offsets);
      long before = Stopwatch.onProcessorNanos();
      sum += lines.read(offsets);
      nanos += Stopwatch.onProcessorNanos() - before;
      operations += offsets.length;
    } while (System.nanoTime() < end);
    for (int i = 0; i < latencies.length; i++) {
      lines.choose(random, one);
      long before = System.nanoTime();
      sum += lines.read(one);
      latencies[i] = System.nanoTime() - before;
    }
    Arrays.sort(latencies);
    if (sum != 0) {
      throw new IllegalStateException("expected lines of zeros");
    }
    return new StoreProbe.Figures(operations, nanos, latencies[latencies.length * 99 / 100], 0);
  }
}
