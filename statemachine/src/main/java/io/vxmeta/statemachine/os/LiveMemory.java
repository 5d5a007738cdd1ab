package io.vxmeta.statemachine.os;

import io.vxmeta.statemachine.os.LiveMemoryConfig.HugePages;
import io.vxmeta.statemachine.os.LiveMemoryConfig.Lock;
import io.vxmeta.statemachine.os.LiveMemoryConfig.NativeCalls;
import io.vxmeta.statemachine.os.LiveMemoryConfig.Place;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides for all tables of a node what memory they lie in, and whether it is pre-faulted, locked
/// and bound.
///
/// Make one per node with [#of], hand it to every table; [#inDomain] gives a view for another NUMA
/// domain that shares budget and counters. Threads: any.
public final class LiveMemory {
  /* Nothing here fails for want of a privilege or a kernel feature: it degrades, counts, and says so once per kind.
   * Only want of room fails (LiveMemoryExhausted), and BEFORE memory is handed out, so that no later access can fault.
   * Place: memory of the process as long as the cap allows. A mapped file of a disk is written back by the kernel every few
   * seconds, and then the next put to each page waits for the file system (docs/decisions.md, 18). Beyond the cap, where memory
   * may run out, a file is what is wanted: the kernel can write it back and take its pages. */

  private static final Logger LOG = LoggerFactory.getLogger(LiveMemory.class);

  /// Says `[never]` where the kernel gives no huge pages to memory of processes.
  private static final Path HUGE_PAGE_SETTING =
      Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

  /// What is copied aside at a time when it changes during a cut.
  public static final int ASIDE_BLOCK_BYTES = 16 << 10;

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
    requireAddresses();
    Optional<Libc> libc = config.system() == NativeCalls.ON ? Libc.find() : Optional.<Libc>empty();
    NativeMemory system = libc.isPresent() ? libc.get() : new NoNativeMemory();
    Optional<String> budgetProblem = Optional.empty();
    MemoryBudget budget;
    try {
      budget = MemoryBudget.read(config.procRoot(), config.cgroupRoot(), config.cap());
    } catch (IOException e) {
      budget = MemoryBudget.of(0, config.cap());
      budgetProblem = Optional.of(String.valueOf(e.getMessage()));
    }
    MemoryLedger ledger = new MemoryLedger(budget, config.asideBytesMax());
    budgetProblem.ifPresent(problem -> sayLimitUnknown(ledger, config, problem));
    if (libc.isEmpty()) {
      sayNoNativeCalls(ledger, config);
    }
    LiveMemory memory = new LiveMemory(config, system, ledger, OptionalInt.empty());
    memory.sayPlace();
    return memory;
  }

  /// Look-ups read by address, whatever else is off.
  private static void requireAddresses() {
    try {
      MemorySegment _ = MemorySegment.NULL.reinterpret(Long.BYTES);
    } catch (IllegalCallerException e) {
      throw new IllegalStateException(
          "expected permission to read memory by address: the JVM denies native access; start it with --enable-native-access=ALL-UNNAMED",
          e);
    }
  }

  private boolean anonymous() {
    boolean possible = !(system instanceof NoNativeMemory) && ledger.budget().capBytes() > 0;
    return switch (config.place()) {
      case FILES -> false;
      case ANONYMOUS -> possible;
      case AUTO -> possible && config.home().isEmpty();
    };
  }

  private void sayPlace() {
    if (anonymous()) {
      LOG.info(
          "tables lie in memory of the process, which no write-back disturbs: place={} huge_pages={}"
              + " lock={} cap_bytes={} beyond_cap=files",
          config.place(),
          config.hugePages(),
          config.lock(),
          ledger.budget().capBytes());
    } else if (!(system instanceof NoNativeMemory)) {
      LOG.info(
          "tables lie in mapped files: place={} home={} huge_pages={} lock={} cap_bytes={}",
          config.place(),
          config.home().map(Path::toString).orElse("beside the data"),
          config.hugePages(),
          config.lock(),
          ledger.budget().capBytes());
    }
  }

  private static void sayLimitUnknown(
      MemoryLedger ledger, LiveMemoryConfig config, String problem) {
    ledger.degraded(
        Degradation.LIMIT_UNKNOWN,
        "cannot read how much memory the process may use, so none is locked and tables lie in mapped files: proc="
            + config.procRoot()
            + " cgroup="
            + config.cgroupRoot()
            + " cause="
            + problem
            + "; mount both");
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

  /// The same budget and counters, for tables whose pages come from NUMA domain `newDomain` as long
  /// as it has any.
  public LiveMemory inDomain(int newDomain) {
    return new LiveMemory(config, system, ledger, OptionalInt.of(newDomain));
  }

  /// What was locked, what was not, and why, at this moment.
  public LiveMemoryCounters counters() {
    return ledger.counters();
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

  /// A new, empty region of `bytesMax` bytes of address space, none of it allocated: `file`, or
  /// memory of the process until the cap is reached and `file` from there on. An old file is
  /// replaced.
  public LiveRegion map(Path file, long bytesMax) throws IOException {
    ledger.asides().fill();
    LiveRegion region =
        anonymous()
            ? LiveRegion.anonymous(file, bytesMax, this)
            : LiveRegion.map(file, bytesMax, this);
    askForDomain(region.bytes(), file);
    return region;
  }

  /// Address space for memory of the process.
  NativeMemory.Reservation reserve(Path file, long bytes, long alignment, Arena arena) {
    NativeMemory.Reservation reservation = system.reserve(bytes, alignment, arena);
    if (!reservation.answer().ok()) {
      ledger.degraded(
          Degradation.ANONYMOUS_REFUSED,
          "tables lie in mapped files, the kernel gives no address space without one: errno="
              + reservation.answer().symbol()
              + " bytes="
              + bytes
              + " file="
              + file
              + "; set vm.overcommit_memory to 0 or 1, or memory.place=files to be spared this line");
    }
    return reservation;
  }

  /// Makes `range` a part of `file`, from where on the cap is passed.
  Errno spill(MemorySegment range, Path file, long offset) {
    MemoryBudget budget = ledger.budget();
    ledger.degraded(
        Degradation.CAP_SPILLED,
        "memory above the cap is a mapped file, puts there wait for its write-back: used_bytes="
            + budget.reservedBytes()
            + " cap_bytes="
            + budget.capBytes()
            + " limit_bytes="
            + budget.limitBytes()
            + " file="
            + file
            + "; give the process more memory or move shards to other nodes");
    Errno answer = system.replaceByFile(range, file, offset);
    if (answer.ok()) {
      askForDomain(range, file); // A new mapping knows nothing of the old one's domain.
    }
    return answer;
  }

  /// Gives back what a region held in its first `preparedBytes`, so that its addresses can still be
  /// read.
  void release(MemorySegment range, long preparedBytes, Path file) {
    Errno answer = system.replaceByZeros(range);
    if (!answer.ok() && !(system instanceof NoNativeMemory)) {
      ledger.degraded(
          Degradation.RELEASE_REFUSED,
          "memory of a closed table stays until the collector finds it: errno="
              + answer.symbol()
              + " bytes="
              + preparedBytes
              + " file="
              + file
              + "; raise vm.max_map_count or RLIMIT_AS");
    }
    if (MemoryLedger.released(range.byteSize(), answer.ok() ? 0 : preparedBytes)) {
      System.gc(); // It gives back what nobody reads any more of all closed tables.
    }
  }

  /// Asks for huge pages in memory that was never used.
  ///
  /// @return whether the kernel took the request
  boolean askForHugePages(MemorySegment range, Path file, Place place) {
    if (config.hugePages() == HugePages.OFF || system instanceof NoNativeMemory) {
      return false;
    }
    Errno answer = system.adviseHugePages(range);
    boolean never = place == Place.ANONYMOUS && hugePagesAreOff();
    if (!answer.ok() || never) {
      ledger.degraded(
          Degradation.HUGE_PAGES_REFUSED,
          "look-ups will be slower, the kernel refused huge pages: errno="
              + answer.symbol()
              + " setting="
              + (never ? "never" : "unknown")
              + " file="
              + file
              + "; write madvise to "
              + HUGE_PAGE_SETTING
              + ", or put memory.home on a tmpfs mounted with huge=always");
    }
    return answer.ok() && !never;
  }

  private static boolean hugePagesAreOff() {
    try {
      return Files.readString(HUGE_PAGE_SETTING).contains("[never]");
    } catch (IOException _) {
      return false; // Not said where it is usual; the advice itself answers.
    }
  }

  private void askForDomain(MemorySegment range, Path file) {
    if (domain.isEmpty() || system instanceof NoNativeMemory) {
      return;
    }
    Errno answer = system.prefer(range, domain.getAsInt());
    if (!answer.ok()) {
      ledger.degraded(
          Degradation.BIND_REFUSED,
          "tables may lie in another NUMA domain than their threads, the kernel refused to bind: errno="
              + answer.symbol()
              + " domain="
              + domain.getAsInt()
              + " file="
              + file
              + "; check the domain's number and that seccomp allows mbind");
    }
  }

  /// Allocates the pages of `range`, which were never used.
  Errno populate(MemorySegment range, Path file) {
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
    return answer;
  }

  /// Locks a range of a file if policy, cap and kernel let it; what is locked counts against the
  /// cap.
  ///
  /// @return whether it is locked
  boolean lockWithinCap(MemorySegment range, Path file) {
    long bytes = range.byteSize();
    boolean limitUnknown = ledger.budget().capBytes() == 0; // Said at the start.
    if (config.lock() == Lock.OFF || system instanceof NoNativeMemory || limitUnknown) {
      return false;
    }
    if (!ledger.budget().reserve(bytes)) {
      sayCapReached(bytes, file);
      return false;
    }
    boolean locked = lock(range, file);
    if (!locked) {
      ledger.budget().release(bytes);
    }
    return locked;
  }

  /// Locks a range that counts against the cap already.
  ///
  /// @return whether it is locked
  boolean lock(MemorySegment range, Path file) {
    if (config.lock() == Lock.OFF) {
      return false;
    }
    Errno answer = system.lock(range);
    if (!answer.ok()) {
      sayLockRefused(answer, range.byteSize(), file);
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
            + "; set snapshot.log-bytes to less if puts are slow during snapshots");
    return false;
  }

  /// Gives back what [#reserveAside] took.
  public void releaseAside(long bytes) {
    ledger.releaseAside(bytes);
  }

  /// Memory for one block that is copied aside; empty when all of it is in use.
  public Optional<MemorySegment> takeAsideBlock() {
    return ledger.asides().take();
  }

  /// Gives back what [#takeAsideBlock] gave; nobody may read it any more.
  public void giveAsideBlock(MemorySegment block) {
    ledger.asides().give(block);
  }
}
