package io.vxmeta.raft.backup;

import io.vxmeta.raft.NodeConfig;
import io.vxmeta.raft.RestoreTarget;
import io.vxmeta.raft.backup.BackupManifest.Group;
import io.vxmeta.raft.place.RestoredRoot;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/// Lays a backup into the data directory of one node of a new cluster, before its first start.
final class BackupRestore {
  /* Every node of the new cluster is restored from the same backup by the same steps, so all replicas begin with one state at
   *   one log index. Nothing of it was agreed on by this cluster's Raft, so its term is the first one: the entries of whoever
   *   leads in it come behind, and every later term is higher. (0 would say so better, but the Raft library takes a replica
   *   whose last entry is of term 0 for an empty one, and does not count its vote.)
   * A group's state is restored in memory, where it must come to its digest, and written anew as the new cluster's snapshot.
   * The root group gets one transaction more: the new cluster's shard map.
   */

  private static final long TERM_FIRST = 1;

  private final BackupFiles files;
  private final NodeConfig config;
  private final Consumer<String> progress;
  private final ShardMap first;
  private final LiveMemory memory = BackupCheck.memory();

  BackupRestore(BackupFiles files, NodeConfig config, Consumer<String> progress) {
    this.files = files;
    this.config = config;
    this.progress = progress;
    this.first =
        Placement.initial(
            config.clusterId(), config.nodes(), config.dataGroups(), config.replication());
  }

  /// The backup does not fit the new cluster.
  static final class Unfit extends IOException {
    private static final long serialVersionUID = 1L;

    Unfit(String message) {
      super(message);
    }
  }

  /// Returns when the node can be started.
  ///
  /// @throws DamagedBackup if the backup is not what was written
  /// @throws Unfit if it is not for a cluster such as this
  BackupManifest run() throws IOException {
    BackupManifest manifest = BackupCheck.checkFiles(files);
    requireFit(manifest);
    try (RestoreTarget target = RestoreTarget.open(config)) {
      for (ShardGroup group : first.groups()) {
        if (group.replicas().stream().anyMatch(each -> each.node().equals(config.self()))) {
          lay(manifest, group.id(), target);
        }
      }
      target.finish(manifest.id());
    }
    return manifest;
  }

  private void requireFit(BackupManifest manifest) throws Unfit {
    if (manifest.clusterId().equals(config.clusterId())) {
      throw usedBefore();
    }
    if (manifest.groups().size() != first.groups().size()) {
      throw new Unfit(
          "expected as many data groups as in the backup; data-groups="
              + config.dataGroups()
              + " backup="
              + (manifest.groups().size() - 1)
              + "; correct `data-groups`");
    }
  }

  private Unfit usedBefore() {
    return new Unfit(
        "expected a cluster id that was never used for this data, because clients may hold tokens with it; cluster="
            + config.clusterId()
            + "; choose another `cluster` for the new cluster");
  }

  private void lay(BackupManifest manifest, ShardGroupId id, RestoreTarget target)
      throws IOException {
    Group group = manifest.groups().get(id.value());
    Snapshot saved = files.snapshot(manifest, group);
    Path live = target.live(id.value());
    try (GroupState state = BackupCheck.restored(saved, live, memory)) {
      if (id.isRoot()) {
        move(state, manifest.clusterId());
      }
      SnapshotStore store =
          SnapshotStore.open(
              target.snapshots(id.value()), new SnapshotOwner(config.clusterId(), id.value()));
      Snapshot laid =
          new SnapshotWriter(store, Optional.empty()).write(state.cut(TERM_FIRST)).snapshot();
      progress.accept(
          "group "
              + id
              + ": revision "
              + laid.manifest().moment().revision()
              + ", "
              + laid.manifest().moment().records()
              + " records");
    }
  }

  private void move(GroupState root, String from) throws IOException {
    if (RestoredRoot.origins(root).contains(config.clusterId())) {
      throw usedBefore();
    }
    RestoredRoot.move(root, first, from);
  }
}
