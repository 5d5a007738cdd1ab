package io.vxmeta.chaos.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Every workload there is.
public final class Workloads {
  private static final List<Workload> ALL =
      List.of(
          new AppendedLists(),
          new RegisterTraffic(),
          new GrowingSets(),
          new BankTransfers(),
          new ProducedCounters(),
          new FreshReaders(),
          new BulkLoads(),
          new ChangingScans(),
          new FadingRecords());

  private Workloads() {}

  public static List<Workload> all() {
    return ALL;
  }

  /// The workload whose clients left a stream of operations, as the stream itself says or shows;
  /// empty where it does neither.
  public static Optional<Workload> recordedIn(Path history) throws IOException {
    return Provenance.of(history);
  }

  public static Optional<Workload> named(String name) {
    return ALL.stream().filter(workload -> workload.name().equals(name)).findFirst();
  }
}
