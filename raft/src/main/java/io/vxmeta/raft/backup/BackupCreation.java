package io.vxmeta.raft.backup;

import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.raft.backup.BackupManifest.Group;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.snapshot.IncomingSnapshot;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotFormatException;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Makes a backup of a running cluster: one snapshot of one replica for each group.
final class BackupCreation {
  /* Consistent per group: a snapshot is of one revision, and covers what was acknowledged before it was asked for; there is
   *   no order between groups, here as elsewhere. So no shard may be handed from one to another meanwhile: a source's snapshot of
   *   after that and a target's of before would lack it. Then the whole is made again.
   * Trust: chunks are compared with their checksums as they come, files are flushed, read back and compared with the
   *   snapshot's own manifest BEFORE they are listed, and the backup's manifest is written after all of that.
   */

  /// A snapshot that is not here by then is given up; a dead connection is noticed within seconds.
  private static final Duration GROUP_WITHIN = Duration.ofHours(6);

  /// Log index that a group without entries is saved with; its log will begin behind it.
  private static final long INDEX_OF_EMPTY = 1;

  private final ClusterAdmin admin;
  private final Path scratch;
  private final Consumer<String> progress;

  /// @param scratch for what tables need on disk
  BackupCreation(ClusterAdmin admin, Path scratch, Consumer<String> progress) {
    this.admin = admin;
    this.scratch = scratch;
    this.progress = progress;
  }

  /// Returns when the backup is whole and durable.
  ///
  /// @throws NobodyGave if no replica of some group gave its snapshot, or a shard moved meanwhile
  BackupManifest into(BackupFiles files, long nowMs) throws IOException {
    Epoch before = epochWithoutMoves();
    ShardMap map = admin.askShardMap();
    List<Group> groups = new ArrayList<>();
    for (ShardGroup group : map.groups()) {
      Group saved = save(map, group, files);
      groups.add(saved);
      progress.accept(
          "group "
              + group.id()
              + ": revision "
              + saved.moment().revision()
              + ", "
              + saved.moment().records()
              + " records, "
              + saved.bytes()
              + " bytes ("
              + groups.size()
              + " of "
              + map.groups().size()
              + " groups)");
    }
    Epoch after = epochWithoutMoves();
    if (!after.equals(before)) {
      throw new NobodyGave(
          "expected one shard map while a backup is made, because shards that move between two snapshots"
              + " could be in neither; before="
              + before
              + " after="
              + after
              + "; create it again");
    }
    BackupManifest manifest = new BackupManifest(map.clusterId(), nowMs, groups);
    files.finish(manifest);
    return manifest;
  }

  private Epoch epochWithoutMoves() throws NobodyGave {
    try {
      return admin
          .epochWithoutMoves()
          .orElseThrow(() ->
              new NobodyGave(
                  "expected that no shard moves to another group while a backup is made; create it again"
                      + " when the moves have ended (vxctl shard moves)"));
    } catch (CallFailed failed) {
      if (failed.reason().equals("UNIMPLEMENTED")) {
        // A build whose shards do not move.
        return Epoch.NONE;
      }
      throw failed;
    }
  }

  /// No replica of a group gave its snapshot, or not at a time that the others fit to.
  static final class NobodyGave extends IOException {
    private static final long serialVersionUID = 1L;

    NobodyGave(String message) {
      super(message);
    }
  }

  /// Asks the preferred leader last: it has the most to do.
  private Group save(ShardMap map, ShardGroup group, BackupFiles files) throws IOException {
    SnapshotStore store =
        SnapshotStore.open(
            files.group(group.id().value()),
            new SnapshotOwner(map.clusterId(), group.id().value()));
    List<String> troubles = new ArrayList<>();
    for (Replica replica : group.replicas().reversed()) {
      try {
        Snapshot snapshot = receive(store, replica.node(), map, group);
        return new Group(group.id().value(), snapshot.manifest().moment(), files.list(snapshot));
      } catch (CallFailed | SnapshotFormatException trouble) {
        troubles.add(replica.node() + ": " + trouble.getMessage());
        progress.accept(
            "group " + group.id() + " not from " + replica.node() + ": " + trouble.getMessage());
      }
    }
    throw new NobodyGave(
        "no replica gave a snapshot of group=" + group.id() + "; asked=" + troubles + "; retry");
  }

  private Snapshot receive(SnapshotStore store, NodeId node, ShardMap map, ShardGroup group)
      throws IOException {
    try (IncomingSnapshot incoming = store.receive()) {
      progress.accept("group " + group.id() + ": receiving from " + node);
      admin.exportSnapshot(node, group.id(), GROUP_WITHIN, incoming::chunk);
      return incoming.publish();
    } catch (CallFailed failed) {
      if (failed.is(ErrorReason.NOTHING_TO_SNAPSHOT)) {
        return empty(store, map, group.id());
      }
      throw failed;
    }
  }

  /// The node proved that the group's log holds no entry but Raft's first.
  private Snapshot empty(SnapshotStore store, ShardMap map, ShardGroupId group) throws IOException {
    List<Integer> shards = map.shardsOf(group).stream().map(ShardId::value).toList();
    try (GroupState nothing =
        GroupState.create(
            BackupCheck.config(
                group.value(), shards, scratch.resolve("empty-" + group), BackupCheck.memory()))) {
      return new SnapshotWriter(store, Optional.empty())
          .write(nothing.cut(0, INDEX_OF_EMPTY))
          .snapshot();
    }
  }
}
