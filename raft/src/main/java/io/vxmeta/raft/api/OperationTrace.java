package io.vxmeta.raft.api;

import io.vxmeta.raft.write.WriteTrace;
import io.vxmeta.shardmap.ShardGroupId;

/// Follows one read or write from its arrival to its answer. Most operations have none.
public interface OperationTrace extends WriteTrace {
  void asks(String consistency);

  /// It has found its group.
  ///
  /// @param shard of its first key
  void goesTo(ShardGroupId group, int shard);

  /// A write waits for its log entry from here on.
  void onQueued();

  /// A read waits until this replica may answer it.
  void onWaiting();

  /// It may, and looks up the keys.
  void onOpened();

  /// It has what it looked for.
  void onLookedUp();

  void ended(String outcome, End end);

  /// How the caller was answered.
  enum End {
    ANSWER,
    ERROR
  }
}
