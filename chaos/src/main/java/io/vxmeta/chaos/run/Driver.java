package io.vxmeta.chaos.run;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// How the nodes of a run are made.
public enum Driver {
  /// All in this JVM: quick, and only what can be broken from inside.
  IN_PROCESS("families process, raft and snapshot; nothing that needs a process or a network"),
  /// Processes on loopback, each pair joined by a proxy of ours.
  PROCESSES("all but power-cut-*, disk-full, disk-hung and loss"),
  /// Processes on disks of their own that can lose power, fill up and hang.
  DISKS("all but loss"),
  /// Processes in network namespaces.
  NAMESPACES(
      "all but power-cut-*, disk-full, disk-hung, delay and narrow; the kernel's filters drop and refuse, they do not delay");

  private final String reach;

  Driver(String reach) {
    this.reach = reach;
  }

  /// Which faults its clusters can have, in words.
  String reach() {
    return reach;
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
