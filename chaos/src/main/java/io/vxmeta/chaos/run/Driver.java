package io.vxmeta.chaos.run;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// How the nodes of a run are made.
public enum Driver {
  /// All in this JVM: quick, and only what can be broken from inside.
  IN_PROCESS,
  /// Processes on loopback, each pair joined by a proxy of ours.
  PROCESSES,
  /// Processes on disks of their own that can lose power, fill up and hang.
  DISKS,
  /// Processes in network namespaces.
  NAMESPACES;

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
