package io.vxmeta.chaos.workload;

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

  public static Optional<Workload> named(String name) {
    return ALL.stream().filter(workload -> workload.name().equals(name)).findFirst();
  }
}
