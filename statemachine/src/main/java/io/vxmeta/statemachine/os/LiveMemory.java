package io.vxmeta.statemachine.os;

/// Decides for all tables of a node where their live files sit, and whether they are pre-faulted,
/// locked and bound.
///
/// Make one per node with [#of], hand it to every table; [#inDomain] gives a view for another NUMA
/// domain that shares budget and counters. Threads: any.
@SuppressWarnings("DoNotCallSuggester") // signatures first
public final class LiveMemory {

  private LiveMemory() {}

  /// The policy of `config` on this machine. Never fails for want of a privilege: it degrades and
  /// says so once.
  public static LiveMemory of(LiveMemoryConfig config) {
    throw new UnsupportedOperationException("not built yet: config=" + config);
  }

  /// The same budget and counters, with tables bound to NUMA domain `domain`.
  public LiveMemory inDomain(int domain) {
    throw new UnsupportedOperationException("not built yet: domain=" + domain);
  }

  /// What was locked, what was not, and why, at this moment.
  public LiveMemoryCounters counters() {
    throw new UnsupportedOperationException("not built yet");
  }
}
