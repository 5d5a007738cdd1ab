package io.vxmeta.chaos.run;

import io.vxmeta.chaos.nemesis.Fault;
import io.vxmeta.chaos.nemesis.FaultFamily;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// How the nodes of a run are made, and which faults they can have.
public enum Driver {
  /// All in this JVM: quick, and only what can be broken from inside.
  IN_PROCESS("nodes in the JVM of the harness; nothing that needs a process or a network"),
  /// Processes on loopback, each pair joined by a proxy of ours.
  PROCESSES("processes, each pair joined by a proxy"),
  /// Processes on disks of their own that can lose power, fill up and hang.
  DISKS("the same on disks of their own (root)"),
  /// Processes in network namespaces.
  NAMESPACES(
      "processes in network namespaces (root); the kernel's filters drop and refuse, they do not delay");

  private static final Set<FaultFamily> FROM_INSIDE =
      Set.of(FaultFamily.PROCESS, FaultFamily.RAFT, FaultFamily.SNAPSHOT);

  /// Of the families above, what needs a process none the less.
  private static final Set<String> OF_PROCESSES =
      Set.of("kill-during-startup", "kill-during-snapshot");

  private static final Set<String> OF_DISKS =
      Set.of("power-cut-one", "power-cut-all", "disk-full", "disk-hung", "live-file-truncated");
  private static final Set<String> OF_PROXIES = Set.of("delay", "narrow");
  private static final Set<String> OF_FILTERS = Set.of("loss");

  private final String summary;

  Driver(String summary) {
    this.summary = summary;
  }

  /// Whether nodes of this kind can have it, given enough of them, the rights and the programs.
  boolean has(Fault fault) {
    String name = fault.name();
    return switch (this) {
      case IN_PROCESS -> FROM_INSIDE.contains(fault.family()) && !OF_PROCESSES.contains(name);
      case PROCESSES -> !OF_DISKS.contains(name) && !OF_FILTERS.contains(name);
      case DISKS -> !OF_FILTERS.contains(name);
      case NAMESPACES -> !OF_DISKS.contains(name) && !OF_PROXIES.contains(name);
    };
  }

  /// What its nodes are.
  String summary() {
    return summary;
  }

  String title() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Driver titled(String title) {
    return Arrays.stream(values())
        .filter(driver -> driver.title().equals(title))
        .findFirst()
        .orElseThrow(() ->
            new PlanInvalid(
                "driver",
                Arrays.stream(values()).map(Driver::title).collect(Collectors.joining(", ")),
                title));
  }
}
