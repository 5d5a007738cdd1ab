package io.vxmeta.deploy.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./vx bench snapshot`.
@Command(
    name = "bench-snapshot",
    description = "Measures snapshots of one group under steady writes.",
    mixinStandardHelpOptions = true)
final class SnapshotCommand implements Callable<Integer> {
  private static final long BYTES_MIN = 1L << 20;

  @Option(
      names = "--bytes",
      defaultValue = "1073741824",
      description = "Live data. Default: ${DEFAULT-VALUE}")
  private long bytes;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Of writes without a snapshot, to compare with. Default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(
      names = "--snapshots",
      defaultValue = "5",
      description = "Taken under writes. Default: ${DEFAULT-VALUE}")
  private int snapshots;

  @Option(names = "--data", description = "Where to write; default: a temporary directory.")
  private @Nullable Path data;

  @Option(names = "--json", description = "One line of JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    if (bytes < BYTES_MIN || seconds < 1 || snapshots < 1) {
      System.err.println(
          "expected --bytes of at least " + BYTES_MIN + ", --seconds and --snapshots above 0");
      return 2;
    }
    Path directory = Files.createTempDirectory(place(), "vx-bench-snapshot-");
    try {
      SnapshotBench.Result result = new SnapshotBench(directory, bytes, seconds, snapshots).run();
      System.out.println(json ? result.json() : result.text());
      return 0;
    } finally {
      delete(directory);
    }
  }

  private Path place() {
    return data == null ? Path.of(System.getProperty("java.io.tmpdir")) : data;
  }

  private static void delete(Path directory) throws java.io.IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
