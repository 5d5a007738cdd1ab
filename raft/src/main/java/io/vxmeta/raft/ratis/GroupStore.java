package io.vxmeta.raft.ratis;

import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.statemachine.GroupState;
import java.io.IOException;
import java.util.Optional;

/// Where a replica's state comes from at start-up and where its snapshots go.
///
/// `load` and `cut` run on the apply thread, `Cut.write` in the background.
public interface GroupStore {
  Loaded load() throws IOException;

  Cut cut(GroupState state, long term, long index) throws IOException;

  /// A state and the log position it stands for; index -1 when it is empty.
  record Loaded(GroupState state, long term, long index, Optional<SnapshotPoint> snapshot) {}

  /// The state as of one index, held until it is written.
  interface Cut extends AutoCloseable {
    /// Returns when the snapshot is durable.
    void write() throws IOException;

    @Override
    void close();
  }
}
