package io.vxmeta.raft.ratis;

import io.vxmeta.statemachine.AnswerSink;

/// One log entry on its way into a shard group's log, and the place its answers go to.
///
/// The bytes must not change after they were proposed. `onCommitted` and then `answers` are called
/// on the apply thread, only on the replica that proposed the entry, and only if it is applied
/// there while the proposal is still known; they must be quick.
public interface Proposal {
  byte[] entry();

  int length();

  /// A majority has the entry, and it is applied next.
  void onCommitted();

  AnswerSink answers();
}
