package io.vxmeta.statemachine.os;

/// A kind of service that the machine refused; each is logged once per node and counted every time.
public enum Degradation {
  /// No native calls on this system, or switched off.
  NO_NATIVE_CALLS,
  /// The kernel refused to lock pages.
  LOCK_REFUSED,
  /// Locking more would pass the cap.
  LOCK_CAP_REACHED,
  /// The kernel cannot pre-fault on request; files are filled with zeros instead.
  POPULATE_REFUSED,
  /// The kernel gives no huge pages for these files.
  HUGE_PAGES_REFUSED,
  /// The kernel gives no memory without a file; tables lie in mapped files.
  ANONYMOUS_REFUSED,
  /// The kernel did not take a closed table's memory back at once; the collector's next full run
  /// does.
  RELEASE_REFUSED,
  /// Memory above the cap is a mapped file, which the kernel may write back and evict.
  CAP_SPILLED,
  /// The kernel refused to bind pages to a NUMA domain.
  BIND_REFUSED,
  /// Blocks changed during a cut went to a file because the memory for them was used up.
  ASIDE_SPILLED,
  /// The limit of the process could not be read: the cap is 0, so nothing is locked and tables lie
  /// in mapped files.
  LIMIT_UNKNOWN
}
