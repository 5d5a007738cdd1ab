package io.vxmeta.raft.read;

/// Hears of the reads that clients asked of this node: which got their state, and why others did
/// not.
public interface ReadTally {
  void onOpened(ReadContract contract);

  void onRefused(ReadRefused.Reason reason);
}
