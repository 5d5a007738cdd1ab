package io.vxmeta.statemachine.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the benchmark of memory counts, and what it leaves behind.
final class MemoryBenchTest {

  @TempDir private Path directory;

  @Test
  void hugePagesOfAllKindsCount() {
    assertEquals(
        2048 + 4096 + 8192 + 16_384 + 32_768,
        MemoryBench.hugePageKilobytes(
            Stream.of(
                "Rss:             9999999 kB",
                "AnonHugePages:      2048 kB",
                "ShmemPmdMapped:     4096 kB",
                "FilePmdMapped:      8192 kB",
                "Shared_Hugetlb:    16384 kB",
                "Private_Hugetlb:   32768 kB",
                "Swap:                  7 kB")));
  }

  @Test
  void aPoolIsAsLargeAsBeforeAfterAMeasurement() throws IOException {
    Path setting = Files.writeString(directory.resolve("nr_hugepages"), "7\n");
    try (HugePagePool _ = HugePagePool.grownBy(HugePagePool.pagesFor(1L << 30), setting)) {
      assertEquals("519", Files.readString(setting).strip());
    }
    assertEquals("7", Files.readString(setting).strip());
  }

  @Test
  void aKernelWithoutAPoolIsAskedForNothing() {
    Path setting = directory.resolve("nr_hugepages");
    assertThrows(IOException.class, () -> HugePagePool.grownBy(1, setting));
    assertFalse(Files.exists(setting));
  }

  @Test
  void anyPartOfAPageTakesAPage() {
    assertEquals(0, HugePagePool.pagesFor(0));
    assertEquals(1, HugePagePool.pagesFor(1));
    assertEquals(1, HugePagePool.pagesFor(HugePagePool.PAGE_BYTES));
    assertEquals(2, HugePagePool.pagesFor(HugePagePool.PAGE_BYTES + 1));
  }
}
