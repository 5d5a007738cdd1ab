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
/// @param cap how much of the memory the process may use may be locked
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
    Cap cap,
    long asideBytesMax,
    Path procRoot,
    Path cgroupRoot) {

  /// A tenth is left to the heap's growth, thread stacks and the kernel's own use; more of a small
  /// machine, see [Cap#besidesBytes].
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

  /// How much of the memory that the process may use may be locked, or taken without a file.
  ///
  /// @param ratio at most this part of it, over 0 and at most 1
  /// @param besidesBytes what the process needs beside its tables, 0 or more: where the part leaves
  ///   less, as on a small machine, so much is left all the same, except of the last quarter
  public record Cap(double ratio, long besidesBytes) {
    public Cap {
      if (!(ratio > 0 && ratio <= 1)) {
        throw new IllegalArgumentException(
            "expected a lock cap over 0 and at most 1: ratio="
                + ratio
                + "; give a part of the memory, such as 0.9");
      }
      if (besidesBytes < 0) {
        throw new IllegalArgumentException(
            "expected zero or more bytes beside the tables: besidesBytes=" + besidesBytes);
      }
    }
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
        new Cap(CAP_RATIO, 0),
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
        newPlace, home, system, lock, hugePages, cap, asideBytesMax, procRoot, cgroupRoot);
  }

  public LiveMemoryConfig withHome(Path newHome) {
    return new LiveMemoryConfig(
        place,
        Optional.of(newHome),
        system,
        lock,
        hugePages,
        cap,
        asideBytesMax,
        procRoot,
        cgroupRoot);
  }

  public LiveMemoryConfig withSystem(NativeCalls newSystem) {
    return new LiveMemoryConfig(
        place, home, newSystem, lock, hugePages, cap, asideBytesMax, procRoot, cgroupRoot);
  }

  public LiveMemoryConfig withLock(Lock newLock) {
    return new LiveMemoryConfig(
        place, home, system, newLock, hugePages, cap, asideBytesMax, procRoot, cgroupRoot);
  }

  public LiveMemoryConfig withHugePages(HugePages newHugePages) {
    return new LiveMemoryConfig(
        place, home, system, lock, newHugePages, cap, asideBytesMax, procRoot, cgroupRoot);
  }

  public LiveMemoryConfig withCapRatio(double newCapRatio) {
    return new LiveMemoryConfig(
        place,
        home,
        system,
        lock,
        hugePages,
        new Cap(newCapRatio, cap.besidesBytes()),
        asideBytesMax,
        procRoot,
        cgroupRoot);
  }

  /// With so much left to the heap and the rest of the process, see [Cap].
  public LiveMemoryConfig withBesides(long besidesBytes) {
    return new LiveMemoryConfig(
        place,
        home,
        system,
        lock,
        hugePages,
        new Cap(cap.ratio(), besidesBytes),
        asideBytesMax,
        procRoot,
        cgroupRoot);
  }

  public LiveMemoryConfig withAsideBytesMax(long newAsideBytesMax) {
    return new LiveMemoryConfig(
        place, home, system, lock, hugePages, cap, newAsideBytesMax, procRoot, cgroupRoot);
  }

  public LiveMemoryConfig withRoots(Path newProcRoot, Path newCgroupRoot) {
    return new LiveMemoryConfig(
        place, home, system, lock, hugePages, cap, asideBytesMax, newProcRoot, newCgroupRoot);
  }
}
