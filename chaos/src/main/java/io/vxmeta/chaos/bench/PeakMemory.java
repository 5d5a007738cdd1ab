package io.vxmeta.chaos.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;

/// The most heap that was in use, garbage included, since it was made.
final class PeakMemory {
  private static final long BYTES_PER_MB = 1 << 20;

  private final List<MemoryPoolMXBean> pools =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .toList();

  /// Collects what the case before left behind, so that it does not count.
  PeakMemory() {
    System.gc();
    pools.forEach(MemoryPoolMXBean::resetPeakUsage);
  }

  /// The peaks of the heap's pools added up, which is never less than the peak of the heap.
  long megabytes() {
    return pools.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum() / BYTES_PER_MB;
  }
}
