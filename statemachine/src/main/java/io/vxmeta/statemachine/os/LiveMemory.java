package io.vxmeta.statemachine.os;

import io.vxmeta.statemachine.os.LiveMemoryConfig.HugePages;
import io.vxmeta.statemachine.os.LiveMemoryConfig.Lock;
import io.vxmeta.statemachine.os.LiveMemoryConfig.NativeCalls;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;

/// Decides for all tables of a node where their live files sit, and whether they are pre-faulted,
/// locked and bound.
///
/// Make one per node with [#of], hand it to every table; [#inDomain] gives a view for another NUMA
/// domain that shares budget and counters. Threads: any.
public final class LiveMemory {
  /* Nothing here fails for want of a privilege or a kernel feature: it degrades, counts, and says so once per kind.
   * Only want of room fails (LiveMemoryExhausted), and BEFORE memory is handed out, so that no later access can fault. */

  private final LiveMemoryConfig config;
  private final NativeMemory system;
  private final MemoryLedger ledger;
  private final OptionalInt domain;

  private LiveMemory(
      LiveMemoryConfig config, NativeMemory system, MemoryLedger ledger, OptionalInt domain) {
    this.config = config;
    this.system = system;
    this.ledger = ledger;
    this.domain = domain;
  }

  /// The policy of `config` on this machine. Never fails for want of a privilege: it degrades and
  /// says so once.
  public static LiveMemory of(LiveMemoryConfig config) {
    Optional<Libc> libc = config.system() == NativeCalls.ON ? Libc.find() : Optional.<Libc>empty();
    NativeMemory system = libc.isPresent() ? libc.get() : new NoNativeMemory();
    Optional<String> budgetProblem = Optional.empty();
    MemoryBudget budget;
    try {
      budget = MemoryBudget.read(config.procRoot(), config.cgroupRoot(), config.capRatio());
    } catch (IOException e) {
      budget = MemoryBudget.of(0, config.capRatio());
      budgetProblem = Optional.of(String.valueOf(e.getMessage()));
    }
    MemoryLedger ledger = new MemoryLedger(budget, config.asideBytesMax());
    budgetProblem.ifPresent(problem -> sayLimitUnknown(ledger, config, problem));
    if (libc.isEmpty()) {
      sayNoNativeCalls(ledger, config);
    }
    return new LiveMemory(config, system, ledger, OptionalInt.empty());
  }

  private static void sayLimitUnknown(
      MemoryLedger ledger, LiveMemoryConfig config, String problem) {
    ledger.degraded(
        Degradation.LIMIT_UNKNOWN,
        "cannot read how much memory the process may use, so none is locked: proc="
            + config.procRoot()
            + " cgroup="
            + config.cgroupRoot()
            + " cause="
            + problem
            + "; mount both or correct memory.proc-root and memory.cgroup-root");
  }

  private static void sayNoNativeCalls(MemoryLedger ledger, LiveMemoryConfig config) {
    ledger.degraded(
        Degradation.NO_NATIVE_CALLS,
        "tables are plain mapped files, neither locked nor on huge pages: native_calls="
            + config.system()
            + " os="
            + System.getProperty("os.name")
            + "; run on Linux with --enable-native-access=ALL-UNNAMED to have both");
  }

  /// The same budget and counters, with tables bound to NUMA domain `newDomain`.
  public LiveMemory inDomain(int newDomain) {
    return new LiveMemory(config, system, ledger, OptionalInt.of(newDomain));
  }

  /// What was locked, what was not, and why, at this moment.
  public LiveMemoryCounters counters() {
    return ledger.counters();
  }

  /// Lets the calling thread run on `cpus` only.
  ///
  /// @return whether the system did it
  public boolean pinThread(BitSet cpus) {
    return system.pinThread(cpus).ok();
  }

  /// The directory for the live files of a table whose own directory is `directory`; made if it is
  /// missing.
  public Path placeFor(Path directory) throws IOException {
    Path place = config.home().map(home -> home.resolve(belowRoot(directory))).orElse(directory);
    return Files.createDirectories(place);
  }

  /// The whole path again below the home, so that two directories never share live files.
  private static Path belowRoot(Path directory) {
    Path whole = directory.toAbsolutePath().normalize();
    return whole.subpath(0, whole.getNameCount());
  }

  /// Makes `file` a new, empty region of `bytesMax` bytes of address space, none of it allocated.
  /// An old file is replaced.
  public LiveRegion map(Path file, long bytesMax) throws IOException {
    LiveRegion region = LiveRegion.map(file, bytesMax, this);
    askForHugePages(region);
    askForDomain(region);
    return region;
  }

  private void askForHugePages(LiveRegion region) {
    if (config.hugePages() == HugePages.OFF || system instanceof NoNativeMemory) {
      return;
    }
    Errno answer = system.adviseHugePages(region.bytes());
    if (answer.ok()) {
      region.onHugePages();
    } else {
      ledger.degraded(
          Degradation.HUGE_PAGES_REFUSED,
          "look-ups will be slower, the kernel refused huge pages: errno="
              + answer.symbol()
              + " file="
              + region.file()
              + "; put memory.home on a tmpfs mounted with huge=advise, or set memory.huge-pages=off");
    }
  }

  private void askForDomain(LiveRegion region) {
    if (domain.isEmpty() || system instanceof NoNativeMemory) {
      return;
    }
    Errno answer = system.prefer(region.bytes(), domain.getAsInt());
    if (!answer.ok()) {
      ledger.degraded(
          Degradation.BIND_REFUSED,
          "tables may lie in another NUMA domain than their threads, the kernel refused to bind: errno="
              + answer.symbol()
              + " domain="
              + domain.getAsInt()
              + " file="
              + region.file()
              + "; check the domain's number and that seccomp allows mbind");
    }
  }

  /// Whether the pages of `range`, which were never used, are now allocated.
  boolean populate(MemorySegment range, Path file) {
    Errno answer = system.populate(range);
    if (!answer.ok() && !(system instanceof NoNativeMemory)) {
      ledger.degraded(
          Degradation.POPULATE_REFUSED,
          "the kernel did not pre-fault memory, so it is filled with zeros instead: errno="
              + answer.symbol()
              + " bytes="
              + range.byteSize()
              + " file="
              + file
              + "; needs Linux 5.14 and room in the file system");
    }
    return answer.ok();
  }

  /// Locks `range` if policy, cap and kernel let it.
  ///
  /// @return whether it is locked
  boolean lock(MemorySegment range, Path file) {
    long bytes = range.byteSize();
    boolean limitUnknown = ledger.budget().capBytes() == 0; // Said at the start.
    if (config.lock() == Lock.OFF || system instanceof NoNativeMemory || limitUnknown) {
      return false;
    }
    if (!ledger.budget().reserve(bytes)) {
      sayCapReached(bytes, file);
      return false;
    }
    Errno answer = system.lock(range);
    if (!answer.ok()) {
      ledger.budget().release(bytes);
      sayLockRefused(answer, bytes, file);
    }
    return answer.ok();
  }

  private void sayCapReached(long bytes, Path file) {
    MemoryBudget budget = ledger.budget();
    ledger.degraded(
        Degradation.LOCK_CAP_REACHED,
        "memory above the cap is not locked and may be swapped or evicted: locked_bytes="
            + budget.reservedBytes()
            + " wanted_bytes="
            + bytes
            + " cap_bytes="
            + budget.capBytes()
            + " limit_bytes="
            + budget.limitBytes()
            + " file="
            + file
            + "; give the process more memory or move shards to other nodes");
  }

  private void sayLockRefused(Errno answer, long bytes, Path file) {
    ledger.degraded(
        Degradation.LOCK_REFUSED,
        "cannot lock table in memory: errno="
            + answer.symbol()
            + " bytes="
            + bytes
            + " file="
            + file
            + "; raise RLIMIT_MEMLOCK, grant CAP_IPC_LOCK or set memory.lock=off");
  }

  /// Whether lock was wanted: for the count of what is not locked.
  boolean wantsLock() {
    return config.lock() == Lock.ON;
  }

  MemoryLedger ledger() {
    return ledger;
  }

  /// Takes room in memory for `bytes` copied aside during a cut.
  ///
  /// @return false if it is used up and the bytes must go to a file
  public boolean reserveAside(long bytes) {
    if (ledger.reserveAside(bytes)) {
      return true;
    }
    ledger.degraded(
        Degradation.ASIDE_SPILLED,
        "memory for blocks changed during a snapshot is used up, more go to a file: limit_bytes="
            + config.asideBytesMax()
            + "; raise memory.aside-bytes-max if puts are slow during snapshots");
    return false;
  }

  /// Gives back what [#reserveAside] took.
  public void releaseAside(long bytes) {
    ledger.releaseAside(bytes);
  }
}
