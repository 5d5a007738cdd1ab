package io.vxmeta.raft.observe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What the kernel says of this process' memory, asked at each scrape.
final class ProcessMemory {
  /* /proc/self/stat: fields are counted behind the name, which may hold spaces and ends with the last `)`.
   * /proc/self/smaps_rollup: the kernel walks the page tables for it and lets go of the map whenever someone waits for it. */

  private static final int MAJOR_FAULTS_AFTER_NAME = 9;
  private static final List<String> HUGE_PAGES =
      List.of("AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:");
  private static final int KILO = 1024;

  private final Path self;

  ProcessMemory(Path procRoot) {
    this.self = procRoot.resolve("self");
  }

  /// Page faults that waited for a disk, since the start; NaN where the kernel does not say.
  double majorFaults() {
    try {
      String stat = Files.readString(self.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return Double.parseDouble(fields[MAJOR_FAULTS_AFTER_NAME]);
    } catch (IOException | IndexOutOfBoundsException | NumberFormatException _) {
      return Double.NaN;
    }
  }

  /// Memory that is mapped by huge pages; NaN where the kernel does not say.
  double hugePageBytes() {
    try {
      double kilobytes = 0;
      for (String line : Files.readAllLines(self.resolve("smaps_rollup"))) {
        if (HUGE_PAGES.stream().anyMatch(line::startsWith)) {
          kilobytes += Double.parseDouble(line.replaceAll("\\D", ""));
        }
      }
      return kilobytes * KILO;
    } catch (IOException | NumberFormatException _) {
      return Double.NaN;
    }
  }
}
