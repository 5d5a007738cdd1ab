package io.vxmeta.chaos.run;

import java.time.Duration;
import java.util.List;

/// What somebody asks of a run, in the words of users: `all`, families and names of faults, `all`
/// and names of workloads.
///
/// @param operationsLeast answered calls without which the traffic goes on when the faults are over
public record RunRequest(
    long seed,
    Driver driver,
    int nodes,
    List<String> faults,
    List<String> workloads,
    Duration length,
    int processes,
    int operationsPerSecond,
    long operationsLeast) {
  public RunRequest {
    faults = List.copyOf(faults);
    workloads = List.copyOf(workloads);
  }

  /// Throws [PlanInvalid].
  ChaosPlan plan() {
    Catalogue catalogue = new Catalogue();
    return ChaosPlan.of(
        seed,
        driver,
        nodes,
        catalogue.faults(faults),
        catalogue.workloads(workloads),
        length,
        processes,
        operationsPerSecond,
        operationsLeast);
  }
}
