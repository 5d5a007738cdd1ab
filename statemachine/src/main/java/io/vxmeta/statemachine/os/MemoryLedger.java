package io.vxmeta.statemachine.os;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts a node's live memory and tells the operator of each kind of degradation once.
///
/// Threads: any.
final class MemoryLedger {
  /* Address space and mappings belong to the process: what closed regions have of them is counted for all ledgers together,
   * because several nodes in one process, each below the limits, may be far above them together. */

  private static final Logger LOG = LoggerFactory.getLogger(LiveMemory.class);

  /// Address space of closed regions that may wait for the collector: an eighth of what a process
  /// of 64 bits has.
  private static final long ADDRESS_BYTES_MAX = 16L << 40;

  /// And how many of them: each is a mapping, of which Linux allows a process some 65,000.
  private static final int RELEASED_MAX = 4_096;

  /// Their bytes, where the system does not take them back at once.
  private static final long KEPT_BYTES_MAX = 1L << 30;

  private static final Closed CLOSED = new Closed();

  private final AsidePool asides = new AsidePool(LiveMemory.ASIDE_BLOCK_BYTES);
  private final MemoryBudget budget;
  private final long asideBytesMax;
  private final LongAdder preparedBytes = new LongAdder();
  private final LongAdder lockedBytes = new LongAdder();
  private final LongAdder unlockedBytes = new LongAdder();
  private final LongAdder hugePageBytes = new LongAdder();
  private final AtomicLong asideBytes = new AtomicLong();
  private final LongAdder asideBlocks = new LongAdder();
  private final LongAdder spilledBlocks = new LongAdder();
  private final Map<Degradation, AtomicLong> degradations = new ConcurrentHashMap<>();

  /// What closed regions had since the collector was last asked for.
  private static final class Closed {
    private int released;
    private long addressBytes;
    private long keptBytes;

    synchronized boolean isDueWith(long bytes, long kept) {
      released++;
      addressBytes += bytes;
      keptBytes += kept;
      boolean due =
          released >= RELEASED_MAX
              || addressBytes > ADDRESS_BYTES_MAX
              || keptBytes > KEPT_BYTES_MAX;
      if (due) {
        released = 0;
        addressBytes = 0;
        keptBytes = 0;
      }
      return due;
    }
  }

  MemoryLedger(MemoryBudget budget, long asideBytesMax) {
    this.budget = budget;
    this.asideBytesMax = asideBytesMax;
  }

  MemoryBudget budget() {
    return budget;
  }

  AsidePool asides() {
    return asides;
  }

  /// Counts `kind`; its first time also logs `message`, which names facts and remedy.
  void degraded(Degradation kind, String message) {
    if (degradations.computeIfAbsent(kind, _ -> new AtomicLong()).incrementAndGet() == 1) {
      LOG.warn("{} (said once; counted as {})", message, kind);
    }
  }

  /// Counts a closed region of `bytes` addresses, of which `keptBytes` are still with the process.
  ///
  /// @return whether so much waits for the collector that it should come now
  static boolean released(long bytes, long keptBytes) {
    return CLOSED.isDueWith(bytes, keptBytes);
  }

  void prepared(long bytes) {
    preparedBytes.add(bytes);
  }

  void locked(long bytes) {
    lockedBytes.add(bytes);
  }

  void unlocked(long bytes) {
    unlockedBytes.add(bytes);
  }

  void onHugePages(long bytes) {
    hugePageBytes.add(bytes);
  }

  /// Takes room for a block held aside, or nothing.
  boolean reserveAside(long bytes) {
    asideBlocks.increment();
    if (asideBytes.addAndGet(bytes) <= asideBytesMax) {
      return true;
    }
    asideBytes.addAndGet(-bytes);
    spilledBlocks.increment();
    return false;
  }

  void releaseAside(long bytes) {
    asideBytes.addAndGet(-bytes);
  }

  LiveMemoryCounters counters() {
    Map<Degradation, Long> counts = new EnumMap<>(Degradation.class);
    degradations.forEach((kind, count) -> counts.put(kind, count.get()));
    return new LiveMemoryCounters(
        preparedBytes.sum(),
        lockedBytes.sum(),
        unlockedBytes.sum(),
        budget.capBytes(),
        hugePageBytes.sum(),
        asideBytes.get(),
        asideBlocks.sum(),
        spilledBlocks.sum(),
        counts);
  }
}
