package io.vxmeta.chaos.run;

import io.vxmeta.chaos.nemesis.Fault;
import io.vxmeta.chaos.nemesis.Faults;
import io.vxmeta.chaos.workload.Workload;
import io.vxmeta.chaos.workload.Workloads;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `vxctl chaos list-faults`: what can be broken, and what can run meanwhile.
@Command(
    name = "list-faults",
    description =
        "Lists the faults by family with the drivers that can have them, the workloads, and the drivers.",
    mixinStandardHelpOptions = true)
public final class ListFaultsCommand implements Callable<Integer> {
  private static final String FAULT_ROW = "%-12s %-22s %-30s %s%n";
  private static final String ROW = "%-12s %-22s %s%n";

  @Override
  public Integer call() {
    System.out.printf(FAULT_ROW, "FAMILY", "FAULT", "DRIVERS", "WHAT IT DOES");
    for (Fault fault : Faults.all()) {
      System.out.printf(
          FAULT_ROW, fault.family().title(), fault.name(), drivers(fault), fault.summary());
    }
    System.out.printf("%n" + ROW, "", "WORKLOAD", "WHAT IT DOES");
    for (Workload workload : Workloads.all()) {
      System.out.printf(ROW, "", workload.name(), workload.summary());
    }
    System.out.printf("%n" + ROW, "", "DRIVER", "WHAT ITS NODES ARE");
    for (Driver driver : Driver.values()) {
      System.out.printf(ROW, "", driver.title(), driver.summary());
    }
    System.out.printf(
        "%nA run leaves out what its cluster can not have, and says why: too few nodes (majorities-ring wants --nodes 5),"
            + " no root, a program that is not installed.%n");
    return ChaosCommand.VALID;
  }

  /// The drivers that can have it.
  static String drivers(Fault fault) {
    List<String> able =
        Arrays.stream(Driver.values())
            .filter(driver -> driver.has(fault))
            .map(Driver::title)
            .toList();
    return able.size() == Driver.values().length ? "all" : String.join(", ", able);
  }
}
