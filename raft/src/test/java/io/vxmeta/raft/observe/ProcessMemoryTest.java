package io.vxmeta.raft.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the kernel says of a process is read from its own files.
final class ProcessMemoryTest {

  @TempDir private Path proc;

  @Test
  void majorFaultsAreFoundBehindANameWithSpacesAndBrackets() throws IOException {
    Path self = Files.createDirectories(proc.resolve("self"));
    Files.writeString(
        self.resolve("stat"), "42 (a (b) c) S 1 2 3 4 5 4194560 100 0 17 0 9 9 0 0 20 0 33\n");
    assertEquals(17, new ProcessMemory(proc).majorFaults());
  }

  @Test
  void hugePagesOfAllKindsCount() throws IOException {
    Path self = Files.createDirectories(proc.resolve("self"));
    Files.writeString(
        self.resolve("smaps_rollup"),
        """
        00400000-7ffd000 ---p 00000000 00:00 0    [rollup]
        Rss:               90000 kB
        AnonHugePages:      4096 kB
        ShmemPmdMapped:     2048 kB
        FilePmdMapped:         2 kB
        """);
    assertEquals((4096 + 2048 + 2) * 1024.0, new ProcessMemory(proc).hugePageBytes());
  }

  @Test
  void whatTheKernelDoesNotSayIsNoNumber() {
    assertEquals(Double.NaN, new ProcessMemory(proc).majorFaults());
    assertEquals(Double.NaN, new ProcessMemory(proc).hugePageBytes());
  }
}
