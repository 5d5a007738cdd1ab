package io.vxmeta.statemachine.bench;

import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./vx bench memory`: where tables can lie, read while a log syncs and a writer changes them.
@Command(
    name = "bench memory",
    description = "Places for tables beside a log that syncs: reads, writes and what syncs cost.",
    mixinStandardHelpOptions = true)
public final class MemoryBench implements Callable<Integer> {
  /* Each place gets the same: a region of --mb, a thread that appends 4 KiB and syncs them on the data disk, a thread that
   * writes 100,000 random words a second, and this thread that reads. The kernel writes a mapped file back half a minute
   * after it changed, so a shorter run shows less than a node would see. */

  private static final int READS = 4096;
  private static final int NANOS_A_MICRO = 1_000;

  /// What the kernel calls them: transparent ones of three kinds, and reserved ones of two.
  private static final Set<String> HUGE_PAGES =
      Set.of(
          "AnonHugePages", "ShmemPmdMapped", "FilePmdMapped", "Shared_Hugetlb", "Private_Hugetlb");

  @Option(
      names = "--mb",
      defaultValue = "1024",
      description = "Size of the region in MiB. Default: ${DEFAULT-VALUE}")
  private long mebibytes;

  @Option(
      names = "--seconds",
      defaultValue = "45",
      description = "For each place. Default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(
      names = "--directory",
      description = "On the disk of a node's data. Default: a temporary folder.")
  private Optional<Path> directory = Optional.empty();

  private static final List<String> PLACES =
      List.of(
          "none",
          "data-directory",
          "dev-shm",
          "tmpfs-always",
          "tmpfs-advise",
          "hugetlb",
          "anonymous");

  @Option(
      names = "--place",
      split = ",",
      paramLabel = "NAME",
      description =
          "Any of data-directory, dev-shm, tmpfs-always, tmpfs-advise, hugetlb, anonymous, none."
              + " Default: all.")
  private List<String> places = PLACES;

  @Option(names = "--json", description = "A line of JSON for each place.")
  private boolean json;

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new MemoryBench()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    for (String place : places) {
      if (!PLACES.contains(place)) {
        throw new CommandLine.ParameterException(
            new CommandLine(this),
            "unknown place: '%s'; expected one of %s".formatted(place, PLACES));
      }
    }
    if (directory.isPresent()) {
      measureAll(Files.createDirectories(directory.get()));
      return 0;
    }
    Path home = Files.createTempDirectory("vx-bench-memory");
    try {
      measureAll(home);
    } finally {
      StoreBench.delete(home);
    }
    return 0;
  }

  private void measureAll(Path home) throws IOException, InterruptedException {
    LiveMemoryConfig defaults = LiveMemoryConfig.defaults();
    LiveMemoryConfig files = defaults.withPlace(LiveMemoryConfig.Place.FILES);
    for (String place : places) {
      switch (place) {
        case "none" -> syncsAlone(home);
        case "data-directory" -> measure(place, files, home, home);
        case "dev-shm" -> measure(place, files, Path.of("/dev/shm"), home);
        case "tmpfs-always" -> onTmpfs(place, "huge=always", files, home);
        case "tmpfs-advise" -> onTmpfs(place, "huge=advise", files, home);
        case "hugetlb" -> onHugetlb(place, files, home);
        case "anonymous" ->
            measure(place, defaults.withPlace(LiveMemoryConfig.Place.ANONYMOUS), home, home);
        default -> throw new IllegalStateException("a place that PLACES lacks: " + place);
      }
    }
  }

  /// What a sync costs when nobody else does anything.
  private void syncsAlone(Path home) throws IOException, InterruptedException {
    try (FsyncLoad log = FsyncLoad.start(home.resolve("log"))) {
      log.letRun(Duration.ofSeconds(seconds / 2));
      print("none", new Reads(0, 0, 0), new Histogram(3), log.stop(), 0, 0);
    }
  }

  private void onTmpfs(String place, String huge, LiveMemoryConfig config, Path home)
      throws IOException, InterruptedException {
    mounted(place, "tmpfs", huge + ",size=" + (mebibytes + 64) + "m", config, home);
  }

  /// On pages that the kernel keeps for this purpose alone. They are huge and in memory whatever is
  /// asked, and only whole ones can be locked, so neither is asked for.
  private void onHugetlb(String place, LiveMemoryConfig config, Path home)
      throws IOException, InterruptedException {
    HugePagePool pool;
    try {
      pool = HugePagePool.grownBy(HugePagePool.pagesFor(bytes()), HugePagePool.SETTING);
    } catch (IOException e) {
      System.err.println(place + ": not measured, huge pages cannot be reserved: " + e);
      return;
    }
    try (pool) {
      LiveMemoryConfig plain =
          config.withLock(LiveMemoryConfig.Lock.OFF).withHugePages(LiveMemoryConfig.HugePages.OFF);
      mounted(place, "hugetlbfs", "pagesize=2M", plain, home);
    }
  }

  /// Measures in a file system of our own.
  private void mounted(
      String place, String type, String options, LiveMemoryConfig config, Path home)
      throws IOException, InterruptedException {
    Path mount = Files.createDirectories(home.resolve(place));
    if (run("mount", "-t", type, "-o", options, "vx-bench", mount.toString()) != 0) {
      System.err.println(place + ": not measured, a " + type + " of our own takes root");
      return;
    }
    try {
      measure(place, config, mount, home);
    } finally {
      int _ = run("umount", mount.toString());
      Files.delete(mount);
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  /// Of the region: whole huge pages, because some places have no other.
  private long bytes() {
    return HugePagePool.pagesFor(mebibytes << 20) * HugePagePool.PAGE_BYTES;
  }

  private record Reads(double dependentNanos, double independentNanos, long count) {}

  private void measure(String place, LiveMemoryConfig config, Path folder, Path home)
      throws IOException, InterruptedException {
    long hugeBefore = hugePageKilobytes();
    long start = System.nanoTime();
    Path file = folder.resolve("vx-bench-lines-" + ProcessHandle.current().pid());
    try (LineReads lines = LineReads.of(LiveMemory.of(config), file, bytes());
        FsyncLoad log = FsyncLoad.start(home.resolve("log"))) {
      double prefault = (System.nanoTime() - start) / 1e6 * 1024 / mebibytes;
      LineWriter writer = LineWriter.start(lines);
      Reads reads = read(lines);
      Histogram writes = writer.stop();
      Histogram syncs = log.stop();
      print(place, reads, writes, syncs, prefault, (hugePageKilobytes() - hugeBefore) >> 10);
    }
  }

  private Reads read(LineReads lines) {
    SplittableRandom random = new SplittableRandom(1);
    long[] offsets = new long[READS];
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    long dependent = 0;
    long independent = 0;
    long rounds = 0;
    long unused = 0;
    do {
      lines.choose(random, offsets);
      long before = Stopwatch.onProcessorNanos();
      unused += lines.chase(offsets);
      long between = Stopwatch.onProcessorNanos();
      lines.choose(random, offsets);
      long again = Stopwatch.onProcessorNanos();
      unused += lines.read(offsets);
      independent += Stopwatch.onProcessorNanos() - again;
      dependent += between - before;
      rounds++;
    } while (System.nanoTime() < end);
    if (unused != 0) {
      throw new IllegalStateException("expected zeros in the words that are read");
    }
    double count = (double) rounds * READS;
    return new Reads(dependent / count, independent / count, rounds * READS);
  }

  /// Huge pages of all kinds that this process has mapped.
  private static long hugePageKilobytes() throws IOException {
    try (Stream<String> lines =
        Files.lines(Path.of("/proc/self/smaps_rollup"), StandardCharsets.UTF_8)) {
      return hugePageKilobytes(lines);
    }
  }

  static long hugePageKilobytes(Stream<String> smaps) {
    return smaps
        .filter(line -> HUGE_PAGES.contains(line.split(":", 2)[0]))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }

  @SuppressWarnings("AnnotateFormatMethod") // Two formats for the same arguments.
  private void print(
      String place, Reads reads, Histogram writes, Histogram syncs, double prefault, long huge) {
    String format =
        json
            ? "{\"bench\":\"memory\",\"place\":\"%s\",\"mb\":%d,\"read_dependent_ns\":%.0f,\"read_independent_ns\":%.1f,\"write_p99_ns\":%d,\"write_p999_ns\":%d,\"write_max_us\":%d,\"fsync_p50_us\":%d,\"fsync_p99_us\":%d,\"fsyncs\":%d,\"prefault_ms_per_gb\":%.0f,\"huge_page_mb\":%d}"
            : "%-15s %,d MiB  dependent read %,4.0f ns, independent %5.1f ns  write p99 %,d ns p99.9 %,d ns max %,d us  fsync p50 %,d us p99 %,d us (%,d)  pre-fault %,.0f ms/GiB  huge pages %,d MiB";
    System.out.println(
        String.format(
            Locale.ROOT,
            format,
            place,
            mebibytes,
            reads.dependentNanos(),
            reads.independentNanos(),
            writes.getValueAtPercentile(99),
            writes.getValueAtPercentile(99.9),
            writes.getMaxValue() / NANOS_A_MICRO,
            syncs.getValueAtPercentile(50) / NANOS_A_MICRO,
            syncs.getValueAtPercentile(99) / NANOS_A_MICRO,
            syncs.getTotalCount(),
            prefault,
            huge));
  }
}
