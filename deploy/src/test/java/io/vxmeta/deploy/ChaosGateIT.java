package io.vxmeta.deploy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.junit.ChaosTest;
import io.vxmeta.chaos.junit.ChaosVerdict;
import io.vxmeta.chaos.run.Driver;

/// Every change passes through these minutes of load and faults.
final class ChaosGateIT {
  /// Families of faults that must have been in force, each with evidence, of the 13 that are asked
  /// for.
  private static final int FAMILIES_LEAST = 12;

  /// Of each workload: many at the same time share entries and rounds, so that the same minutes
  /// hold half as many operations again.
  private static final int CLIENTS = 10;

  /// The nodes are those that users run; fail points need nodes that are rewritten while they load
  /// (`FailPointsIT`). The two that take a minute or more to be over, a long pause and little
  /// memory, are left to `FaultsIT` and `StrainIT`; moves of replicas, which need a fourth node, to
  /// `MoveStormsIT`.
  @ChaosTest(
      faults = {
        "process",
        "pause-short",
        "pause-leader",
        "pause-majority",
        "partition",
        "connection",
        "link",
        "raft",
        "snapshot",
        "disk",
        "corruption",
        "rollback",
        "mlock-refused",
        "resource",
        "clock"
      },
      seconds = 300,
      processes = CLIENTS,
      operationsPerSecond = 150,
      operationsLeast = 90_000)
  void processesKeepEveryPromiseUnderEveryKindOfFault(ChaosVerdict verdict) {
    assertTrue(verdict.faultFamilies() >= FAMILIES_LEAST, verdict::toString);
    assertTrue(verdict.checked() >= 82_000, verdict::toString);
  }

  @ChaosTest(
      driver = Driver.IN_PROCESS,
      seconds = 30,
      processes = CLIENTS,
      operationsPerSecond = 250,
      operationsLeast = 20_000)
  void nodesThatStopAndStartInOneProcessKeepEveryPromise(ChaosVerdict verdict) {
    assertTrue(verdict.checked() >= 18_000, verdict::toString);
  }
}
