package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/// Finds out which workload's clients left a stream of operations.
final class Provenance {
  /* The first event says so. Of a stream that does not, the first operation decides that only one workload asks; loads of
   * new records have none such, and are known by all of theirs. Reads and writes of registers alone are nobody's.
   * Threads: one. Memory: none. */

  /// Fields that only one workload's operations have.
  private static final Map<String, String> FIELDS =
      Map.of(
          FreshRuling.LEVEL, "mget",
          FadingRuling.TTL_MS, "ttl",
          Facts.EXPIRES_AT_MS, "ttl",
          ScanRuling.QUIET, "scan",
          CounterRuling.PRODUCER, "producer");

  private String name = "";
  private boolean onlyLoads = true;
  private long loads;

  private Provenance() {}

  /// Empty for a stream that no workload's judge is known for, and for whole histories.
  static Optional<Workload> of(Path file) throws IOException {
    Provenance provenance = new Provenance();
    HistoryReader.look(file, provenance::look);
    if (provenance.name.isEmpty() && provenance.onlyLoads && provenance.loads > 0) {
      return Workloads.named("bulk");
    }
    return Workloads.named(provenance.name);
  }

  /// Whether it has to see more.
  private boolean look(Operation operation) {
    name = said(operation).or(() -> byField(operation)).or(() -> byStep(operation)).orElse("");
    if (operation.value().stream().anyMatch(Micro.Write.class::isInstance)) {
      loads++;
      onlyLoads = onlyLoads && isLoad(operation.value());
    }
    return name.isEmpty();
  }

  private static Optional<String> said(Operation operation) {
    return Optional.ofNullable(operation.extras().get(Operation.WORKLOAD))
        .map(found -> found.getAsString());
  }

  private static Optional<String> byField(Operation operation) {
    return operation.extras().keySet().stream()
        .map(FIELDS::get)
        .filter(Objects::nonNull)
        .findFirst();
  }

  private static Optional<String> byStep(Operation operation) {
    return operation.value().stream()
        .map(step ->
            switch (step) {
              case Micro.Append _ -> "list-append";
              case Micro.CompareAndSet _ -> "register";
              case Micro.Add add when add.number().isPresent() -> "producer";
              case Micro.Add _ -> operation.value().size() > 1 ? "bank" : "set";
              case Micro.ReadNull(Object key) when key.equals(ScanRuling.EVERYTHING) -> "scan";
              case Micro.ReadNull _, Micro.ReadValue _, Micro.ReadList _, Micro.Write _ -> "";
            })
        .filter(found -> !found.isEmpty())
        .findFirst();
  }

  /// Whether the steps write the records of one transaction, each with its own number as its value.
  private static boolean isLoad(List<Micro> steps) {
    return steps.size() == BulkLoads.RECORDS
        && steps.stream()
            .filter(step ->
                step instanceof Micro.Write(Long record, Object value) && value.equals(record))
            .map(step -> BulkLoads.transaction((Long) step.key()))
            .collect(Collectors.groupingBy(load -> load, Collectors.counting()))
            .containsValue((long) BulkLoads.RECORDS);
  }
}
