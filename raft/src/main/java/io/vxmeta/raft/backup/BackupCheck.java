package io.vxmeta.raft.backup;

import io.vxmeta.raft.backup.BackupManifest.BackupFile;
import io.vxmeta.raft.backup.BackupManifest.Group;
import io.vxmeta.raft.disk.DiskSpace;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.StateDigest;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.os.LiveMemoryExhausted;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Verifies a backup without a cluster: every byte by its checksum, and each group's state by
/// restoring it in memory, where it must come to the digest that its replica had.
final class BackupCheck {
  /* Memory: that of one group at a time. Nothing in the backup is changed. */
  private final BackupFiles files;
  private final Path scratch;
  private final LiveMemory memory = memory();

  /// @param scratch for what tables need on disk
  BackupCheck(BackupFiles files, Path scratch) {
    this.files = files;
    this.scratch = scratch;
  }

  /// A sound group.
  record SoundGroup(Group group, StateDigest digest) {}

  /// A sound backup.
  record Sound(BackupManifest manifest, List<SoundGroup> groups) {}

  /// @throws DamagedBackup at the first thing that is not as it was written
  Sound check() throws IOException {
    BackupManifest manifest = checkFiles(files);
    List<SoundGroup> groups = new ArrayList<>();
    for (Group group : manifest.groups()) {
      Snapshot snapshot = files.snapshot(manifest, group);
      groups.add(new SoundGroup(group, digest(snapshot, group)));
    }
    return new Sound(manifest, groups);
  }

  private StateDigest digest(Snapshot snapshot, Group group) throws IOException {
    try (GroupState state = restored(snapshot, scratch.resolve("group-" + group.group()), memory)) {
      List<String> problems = state.verify();
      if (problems.isEmpty()) {
        return state.digest();
      }
      throw new DamagedBackup(
          "damaged tables of group=" + group.group() + ": " + problems + "; use another backup");
    }
  }

  /// Memory that is given back soon: not locked, on small pages.
  static LiveMemory memory() {
    return LiveMemory.of(
        LiveMemoryConfig.defaults()
            .withLock(LiveMemoryConfig.Lock.OFF)
            .withHugePages(LiveMemoryConfig.HugePages.OFF));
  }

  /// Reads every file.
  static BackupManifest checkFiles(BackupFiles files) throws IOException {
    BackupManifest manifest = files.manifest();
    for (Group group : manifest.groups()) {
      for (BackupFile file : group.files()) {
        files.verify(file);
      }
    }
    return manifest;
  }

  /// The group's state.
  ///
  /// @param live for what its tables need on disk
  /// @throws DamagedBackup if it does not come to the digest of its manifest
  /// @throws IOException if this machine has no room for it
  static GroupState restored(Snapshot snapshot, Path live, LiveMemory memory) throws IOException {
    try {
      return GroupState.restore(
          config(snapshot.manifest().owner().group(), snapshot.manifest().shards(), live, memory),
          snapshot);
    } catch (IOException e) {
      if (isOfThisMachine(e)) {
        throw e;
      }
      throw new DamagedBackup(
          "damaged state in "
              + snapshot.directory()
              + ": "
              + e.getMessage()
              + "; use another backup");
    } catch (LiveMemoryExhausted e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /// A file that could not be made, read or mapped here says nothing about the backup, whose bytes
  /// have been compared with their checksums; what is wrong inside of them has no deeper cause.
  private static boolean isOfThisMachine(IOException problem) {
    return problem instanceof FileSystemException
        || problem.getCause() != null
        || DiskSpace.isFull(problem);
  }

  /// As nodes make their states.
  static GroupStateConfig config(int group, List<Integer> shards, Path live, LiveMemory memory) {
    return new GroupStateConfig(
        live, group, shards, TableConfig.defaults(), ProducerLimits.defaults(), memory);
  }
}
