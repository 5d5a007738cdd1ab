package io.vxmeta.raft;

import io.vxmeta.raft.ratis.FailStop;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends the node because a replica's state is wrong, so that the next start takes it from the log
/// or from another replica.
///
/// @param files of all groups of this node, at any time
record WrongState(Map<ShardGroupId, GroupFiles> files, FailStop failStop) {
  private static final Logger LOG = LoggerFactory.getLogger(WrongState.class);

  /// The mark is durable BEFORE the process ends.
  ///
  /// @param what in words, with group and place
  void stop(Replica replica, String what) {
    GroupFiles of = files.get(replica.group());
    if (of == null) {
      LOG.warn("{}; this node has given the replica up meanwhile", what);
      return;
    }
    try {
      of.divergedMark().set(replica.latestSnapshot().map(SnapshotPoint::index).orElse(-1L));
    } catch (IOException e) {
      LOG.error("cannot mark a replica as wrong: group={}", replica.group().value(), e);
    }
    failStop.stop(
        what + "; it is repaired at the next start",
        new IllegalStateException("see the log above"));
  }
}
