package io.vxmeta.statemachine.os;

import java.nio.file.Path;
import java.util.Optional;

/// How a node treats the memory of its tables.
///
/// @param place what tables lie in
/// @param home where live files go; empty: beside the table's own directory. If there is one,
///   [Place#AUTO] means files there; a tmpfs with huge pages is the usual one
/// @param system whether the operating system is asked at all
/// @param lock whether pages are locked in memory (`mlock2`)
/// @param hugePages whether huge pages are asked for (`madvise`)
/// @param capRatio part of the memory the process may use that may be locked, over 0 and at most 1
/// @param asideBytesMax memory for parts of tables that change while a cut of them is being copied;
///   beyond it they spill to a file
/// @param procRoot where the kernel's process tree is mounted, `/proc`
/// @param cgroupRoot where control groups are mounted, `/sys/fs/cgroup`
public record LiveMemoryConfig(
    Place place,
    Optional<Path> home,
    NativeCalls system,
    Lock lock,
    HugePages hugePages,
    double capRatio,
    long asideBytesMax,
    Path procRoot,
    Path cgroupRoot) {

  /// A tenth is left to the heap's growth, thread stacks and the kernel's own use.
  public static final double CAP_RATIO = 0.9;

  /// 64 MiB: about a thousand blocks changed during a cut before the first one goes to a file.
  public static final long ASIDE_BYTES_MAX = 64L << 20;

  /// What tables lie in; docs/decisions.md, 18, has the measurement behind it.
  public enum Place {
    /// Memory of the process; files in the home if there is one, or if the system gives no such
    /// memory.
    AUTO,
    /// As [#AUTO], whatever the home.
    ANONYMOUS,
    /// Mapped files.
    FILES
  }

  /// Whether the operating system is asked at all.
  public enum NativeCalls {
    ON,
    OFF
  }

  /// Whether pages are locked in memory.
  public enum Lock {
    ON,
    OFF
  }

  /// Whether huge pages are asked for.
  public enum HugePages {
    ON,
    OFF
  }

  public LiveMemoryConfig {
    if (!(capRatio > 0 && capRatio <= 1)) {
      throw new IllegalArgumentException(
          "expected a lock cap over 0 and at most 1: capRatio="
              + capRatio
              + "; set memory.cap-ratio to a part of the memory, such as 0.9");
    }
    if (asideBytesMax < 0) {
      throw new IllegalArgumentException(
          "expected a limit of zero or more bytes: asideBytesMax=" + asideBytesMax);
    }
  }

  /// Memory of the process, everything asked for, 90 % cap.
  public static LiveMemoryConfig defaults() {
    return new LiveMemoryConfig(
        Place.AUTO,
        Optional.empty(),
        NativeCalls.ON,
        Lock.ON,
        HugePages.ON,
        CAP_RATIO,
        ASIDE_BYTES_MAX,
        Path.of("/proc"),
        Path.of("/sys/fs/cgroup"));
  }

  /// Plain mapped files without a single native call: for tests and for systems without them.
  public static LiveMemoryConfig withoutNativeCalls() {
    return defaults().withSystem(NativeCalls.OFF);
  }

  public LiveMemoryConfig withPlace(Place newPlace) {
    return new LiveMemoryConfig(
        newPlace, home, system, lock, hugePages, capRatio, asideBytesMax, procRoot, cgroupRoot);
  }

  public LiveMemoryConfig withHome(Path newHome) {
    return new LiveMemoryConfig(
        place,
        Optional.of(newHome),
        system,
        lock,
        hugePages,
        capRatio,
        asideBytesMax,
        procRoot,
        cgroupRoot);
  }

  public LiveMemoryConfig withSystem(NativeCalls newSystem) {
    return new LiveMemoryConfig(
        place, home, newSystem, lock, hugePages, capRatio, asideBytesMax, procRoot, cgroupRoot);
  }

  public LiveMemoryConfig withLock(Lock newLock) {
    return new LiveMemoryConfig(
        place, home, system, newLock, hugePages, capRatio, asideBytesMax, procRoot, cgroupRoot);
  }

  public LiveMemoryConfig withHugePages(HugePages newHugePages) {
    return new LiveMemoryConfig(
        place, home, system, lock, newHugePages, capRatio, asideBytesMax, procRoot, cgroupRoot);
  }

  public LiveMemoryConfig withCapRatio(double newCapRatio) {
    return new LiveMemoryConfig(
        place, home, system, lock, hugePages, newCapRatio, asideBytesMax, procRoot, cgroupRoot);
  }

  public LiveMemoryConfig withAsideBytesMax(long newAsideBytesMax) {
    return new LiveMemoryConfig(
        place, home, system, lock, hugePages, capRatio, newAsideBytesMax, procRoot, cgroupRoot);
  }

  public LiveMemoryConfig withRoots(Path newProcRoot, Path newCgroupRoot) {
    return new LiveMemoryConfig(
        place, home, system, lock, hugePages, capRatio, asideBytesMax, newProcRoot, newCgroupRoot);
  }
}
