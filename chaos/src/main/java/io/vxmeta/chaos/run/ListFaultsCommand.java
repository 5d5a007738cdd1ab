package io.vxmeta.chaos.run;

import io.vxmeta.chaos.nemesis.Fault;
import io.vxmeta.chaos.nemesis.Faults;
import io.vxmeta.chaos.workload.Workload;
import io.vxmeta.chaos.workload.Workloads;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `vxctl chaos list-faults`: what can be broken, and what can run meanwhile.
@Command(
    name = "list-faults",
    description =
        "Lists the faults by family, the workloads, and which driver can have which faults.",
    mixinStandardHelpOptions = true)
public final class ListFaultsCommand implements Callable<Integer> {
  private static final String ROW = "%-12s %-28s %s%n";

  @Override
  public Integer call() {
    System.out.printf(ROW, "FAMILY", "FAULT", "WHAT IT DOES");
    for (Fault fault : Faults.all()) {
      System.out.printf(ROW, fault.family().title(), fault.name(), fault.summary());
    }
    System.out.printf("%n" + ROW, "", "WORKLOAD", "WHAT IT DOES");
    for (Workload workload : Workloads.all()) {
      System.out.printf(ROW, "", workload.name(), workload.summary());
    }
    System.out.printf("%n" + ROW, "", "DRIVER", "WHICH FAULTS IT CAN HAVE");
    for (Driver driver : Driver.values()) {
      System.out.printf(ROW, "", driver.title(), driver.reach());
    }
    return ChaosCommand.VALID;
  }
}
