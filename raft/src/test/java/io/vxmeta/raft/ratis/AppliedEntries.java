package io.vxmeta.raft.ratis;

/// Applies entries to a scripted replica.
public final class AppliedEntries {
  private AppliedEntries() {}

  public static void upTo(Replica replica, long index) {
    replica.applied().advance(index);
  }
}
